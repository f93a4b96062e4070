using System.CommandLine;
using Ledger.Domain;
using Ledger.Domain.Replays;
using Ledger.Query.Runs;
using Ledger.Runner.Replays;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger replay</c>: finding the runs is the reading side's, carrying them out again is here.</summary>
internal static class ReplayVerbs
{
    private static readonly Dictionary<string, ReplayVerdict> Levels = new(StringComparer.Ordinal) { ["exact"] = ReplayVerdict.Identical, ["close"] = ReplayVerdict.Close };

    public static Command Bisect(Composition services)
    {
        var mine = new Argument<string>("first run") { Description = "The beginning of a run's id" };
        var theirs = new Argument<string>("second run") { Description = "Of another; steps are matched by their paths" };
        var replay = new Option<bool>("--replay") { Description = "Where old records name an epoch and no tensor: carry that step out again in both, recorded as replays" };
        var json = new Option<bool>("--json") { Description = "As JSON on standard output" };
        var verb = new Command("bisect", "Where two runs part: the first step, epoch and tensor, and what is different about that step. Exit code 1 when they do")
        {
            mine, theirs, replay, json,
        };
        verb.SetAction(async (parsed, stop) =>
        {
            List<string> runs = [];
            foreach (var of in new[] { mine, theirs })
            {
                var failed = await services.Edge.Send(new FindRuns(parsed.GetValue(of), null, RunsWanted.Ended), found => runs.Add(TheOne(parsed.GetValue(of)!, found)), stop);
                if (failed != 0)
                    return failed;
            }

            return await Bisect(services, new BisectRuns(runs[0], runs[1]), parsed.GetValue(replay), parsed.GetValue(json), stop);
        });
        return verb;
    }

    private static async Task<int> Bisect(Composition services, BisectRuns runs, bool replay, bool json, CancellationToken stop)
    {
        Parting? unknown = null;
        var code = await services.Send(
            runs,
            parting =>
            {
                unknown = replay && parting.TensorMissing ? parting : null;
                return Task.FromResult(unknown is null ? ReplayView.Show(services.Edge, parting, json) : 0);
            },
            stop);
        if (unknown is null)
            return code;
        foreach (var run in new[] { runs.Mine, runs.Theirs })
        {
            var again = new ReplayRuns([run], unknown.Step, ReplayVerdict.Identical, new Tolerances(), StopEarly: false, Parallel: 1, CarryOutOptions.DefaultStepLimit);
            if (await services.Send(again, _ => Task.FromResult(0), stop) is var failed and not 0)
                return failed;
        }

        return await Bisect(services, runs, replay: false, json, stop);
    }

    internal static string TheOne(string text, RunsFound found) => found.Runs is [var run]
        ? run
        : throw new BadInput(new Problem($"'{text}', an experiment of {found.Runs.Count} runs", "the beginning of a run's id", Hint: "ledger runs shows all"));

    public static Command Replay(Composition services)
    {
        var of = new Argument<string?>("run or experiment") { Description = "The beginning of an id or name", Arity = ArgumentArity.ZeroOrOne };
        var step = new Argument<string?>("step") { Description = "Only this step of the run, and what it depends on", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Every run of the ledger that has come to its end" };
        var since = new Option<string?>("--since") { Description = "With --all or an experiment: only runs that ended at this position or time, or later" };
        var check = new Option<string>("--check") { Description = "exact: bit for bit; close: within the tolerances, where environment or code is another", DefaultValueFactory = _ => "exact" };
        check.AcceptOnlyFromAmong([.. Levels.Keys]);
        var tolerance = new Option<double>("--tolerance") { Description = "How far fractions may be apart and still count as close", DefaultValueFactory = _ => new Tolerances().Fraction };
        var early = new Option<bool>("--stop-early") { Description = "Stop a replay where the level asked for can no longer hold" };
        var parallel = CarryOutOptions.Parallel();
        var limit = CarryOutOptions.StepLimit();
        var json = new Option<bool>("--json") { Description = "As JSON on standard output" };
        var verb = new Command("replay", "Carry runs out again, exactly as recorded, and say whether they came out the same. Exit code 1 when one did not")
        {
            of, step, all, since, check, tolerance, early, parallel, limit, json,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(of) is not null))
                result.AddError(result.GetValue(all) ? "--all is for the whole ledger; give no run or experiment with it" : "expected a run, an experiment, or --all");
        });
        verb.SetAction(async (parsed, stop) =>
        {
            IReadOnlyList<string> runs = [];
            var failed = await services.Edge.Send(new FindRuns(parsed.GetValue(of), parsed.GetValue(since), RunsWanted.Ended), found => runs = found.Runs, stop);
            if (failed != 0)
                return failed;
            var command = new ReplayRuns(
                runs, parsed.GetValue(step), Levels[parsed.GetValue(check)!], new Tolerances(parsed.GetValue(tolerance)), parsed.GetValue(early),
                parsed.GetValue(parallel), TimeSpan.FromMinutes(parsed.GetValue(limit)));
            var code = await services.Send(command, report => Task.FromResult(ReplayView.Show(services.Edge, report, parsed.GetValue(json))), stop);
            if (runs.Count > 1 && code is 0 or 1 && !parsed.GetValue(json))
                await services.Edge.Send(new CountReplays(parsed.GetValue(of)), counts => CountReplaysConsole.Show(services.Edge.Console, counts), stop);
            return code;
        });
        return verb;
    }
}
