using System.CommandLine;
using Ledger.Query;
using Ledger.Query.Runs;
using Ledger.Runner.Reviews;
using MediatR;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary><c>annotate</c>, <c>retract</c> and <c>supersede</c>: correcting without erasing.</summary>
internal static class ReviewVerbs
{
    private const int Shown = 20;

    public static IEnumerable<Command> All(Composition services) => [Annotate(services), Retract(services), Supersede(services)];

    private static Command Annotate(Composition services)
    {
        var (run, text) = (Run("run"), new Argument<string>("text") { Description = "What there is to say; it stays in the ledger" });
        var verb = new Command("annotate", "Add a remark to a run. It changes no number") { run, text };
        verb.SetAction((parsed, stop) => Say(
            services, parsed.GetValue(run)!, id => new AnnotateRun(id, parsed.GetValue(text)!),
            remark => Task.FromResult(Answer(services, remark, "annotated", "the same remark stands there already", $"To read it: ledger show {remark.Run}")), stop));
        return verb;
    }

    private static Command Retract(Composition services)
    {
        var (run, reason) = (Run("run"), Reason("Why its results should no longer be used"));
        var verb = new Command("retract", "Say that a run's results should no longer be used, nor what rests on them. Nothing is erased, and it cannot be unsaid") { run, reason };
        verb.SetAction((parsed, stop) => Say(
            services, parsed.GetValue(run)!, id => new RetractRun(id, parsed.GetValue(reason)!),
            async remark =>
            {
                Answer(services, remark, "retracted", "it was retracted before", $"Tables as of then (--as-of {remark.Before}) still have it");
                return await services.Edge.Send(new ListTaint(remark.Run), tainted => Show(services.Edge.Console, remark.Run, tainted), stop);
            },
            stop));
        return verb;
    }

    private static Command Supersede(Composition services)
    {
        var (run, reason) = (Run("run"), Reason("Why the other one counts instead"));
        var by = new Option<string>("--by") { Description = "The beginning of the id of the run that takes its place", Required = true };
        var verb = new Command("supersede", "Say that another run takes the place of this one, which tables and checks then leave out") { run, by, reason };
        verb.SetAction(async (parsed, stop) =>
        {
            string? other = null;
            int failed = await services.Edge.Send(new FindRun(parsed.GetValue(by)!), found => other = found, stop);
            return failed != 0 ? failed : await Say(
                services, parsed.GetValue(run)!, id => new SupersedeRun(id, other!, parsed.GetValue(reason)!),
                remark => Task.FromResult(Answer(services, remark, $"superseded by {other}", $"it was superseded by {other} before", "Tables leave it out from here on; what was taken over from it stands")), stop);
        });
        return verb;
    }

    /// <summary>Finding the run is the reading side's, saying something of it the recording side's.</summary>
    private static async Task<int> Say(Composition services, string prefix, Func<string, IRequest<Remark>> request, Func<Remark, Task<int>> show, CancellationToken stop)
    {
        string? run = null;
        int failed = await services.Edge.Send(new FindRun(prefix), found => run = found, stop);
        return failed != 0 ? failed : await services.Send(request(run!), show, stop);
    }

    private static int Answer(Composition services, Remark remark, string done, string before, string next)
    {
        services.Edge.Console.WriteLine(remark.New
            ? $"run {remark.Run} {done}; recorded after position {remark.Before}. {next}"
            : $"run {remark.Run}: {before}; nothing was added.");
        return 0;
    }

    private static void Show(IAnsiConsole console, string run, IReadOnlyList<TaintedStep> tainted)
    {
        var runs = tainted.GroupBy(step => step.Run, StringComparer.Ordinal).ToList();
        if (runs.Count == 0)
        {
            console.WriteLine("No other run rests on it.");
            return;
        }

        console.WriteLine($"{(runs.Count == 1 ? "1 other run rests" : $"{runs.Count} other runs rest")} on it and {(runs.Count == 1 ? "is" : "are")} tainted; tables leave out what does:");
        PlainTables.Write(console, ["run", "experiment", "tainted steps"], runs.Take(Shown).Select(of => new[]
        {
            of.Key, of.First().Experiment ?? "–", string.Join(", ", of.Select(step => step.Step).Distinct(StringComparer.Ordinal)),
        }));
        if (runs.Count > Shown)
            console.WriteLine($"… and {runs.Count - Shown} more");
        console.WriteLine($"The list again: ledger show {run}. Given its file once more, ledger run computes anew what no longer counts.");
    }

    private static Argument<string> Run(string name) => new(name) { Description = "The beginning of its id" };

    private static Option<string> Reason(string about) => new("--reason") { Description = about, Required = true };
}
