using System.CommandLine;
using Ledger.Query.Checks;
using Ledger.Runner.Runs;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger check</c>: judging is the reading side's, recording the ledger's.</summary>
internal static class CheckVerbs
{
    public static Command Check(Composition services)
    {
        var experiment = new Argument<string>("experiment") { Description = "Name, or the beginning of name or id" };
        var asOf = new Option<string?>("--as-of") { Description = "A position or a time: judge the results as they were then, and record nothing" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Judge without recording" };
        var json = new Option<bool>("--json") { Description = "As JSON on standard output" };
        var verb = new Command("check", "Judge the claims of an experiment file on its results. Exit code 1 when one is not held; inconclusive is no failure")
        {
            experiment, asOf, dryRun, json,
        };
        verb.SetAction(async (parsed, stop) =>
        {
            JudgedExperiment? judged = null;
            int failed = await services.Edge.Send(
                new JudgeExperiment(parsed.GetValue(experiment)!, parsed.GetValue(asOf)), answer => { judged = answer; return 0; }, stop);
            if (judged is null)
                return failed;
            bool record = !parsed.GetValue(dryRun) && parsed.GetValue(asOf) is null && judged.Checks.Count > 0;
            return record
                ? await services.Send(Recording(judged), recorded => Show(services, judged, Said(recorded), parsed.GetValue(json)), stop)
                : await Show(services, judged, judged.Checks.Count == 0 ? "The experiment declares no checks." : "Nothing was recorded.", parsed.GetValue(json));
        });
        return verb;
    }

    internal static RecordVerdicts Recording(JudgedExperiment judged) => new(judged.ExperimentId, judged.Position, [.. judged.Checks.Select(check => check.ToEvent())]);

    private static string Said(RecordedVerdicts recorded) => recorded.New
        ? $"Recorded as of position {recorded.Position}."
        : $"The same verdicts were recorded as of position {recorded.Position}; nothing was added.";

    private static Task<int> Show(Composition services, JudgedExperiment judged, string recorded, bool json)
    {
        if (json)
            services.Edge.WriteJson(judged);
        else
            CheckConsole.Show(services.Edge.Console, judged, recorded);
        return Task.FromResult(judged.ExitCode);
    }
}
