using System.CommandLine;
using Ledger.Domain.Runs;
using Ledger.Query.Runs;
using Ledger.Runner.Runs;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger resume</c>.</summary>
internal static class ResumeVerb
{
    public static Command Resume(Composition services)
    {
        var of = new Argument<string?>("run or experiment") { Description = "The beginning of an id or name; everything that was left unfinished if left out", Arity = ArgumentArity.ZeroOrOne };
        var takeOver = new Option<bool>("--take-over") { Description = "Also runs that another process holds, which may have stalled; it can record nothing more" };
        var parallel = CarryOutOptions.Parallel();
        var limit = CarryOutOptions.StepLimit();
        var verb = new Command("resume", "Go on with runs that were stopped or killed, after their last step or checkpoint") { of, takeOver, parallel, limit };
        verb.SetAction(async (parsed, stop) =>
        {
            IReadOnlyList<string> runs = [];
            var failed = await services.Edge.Send(new FindRuns(parsed.GetValue(of), null, RunsWanted.Open), found => runs = found.Runs, stop);
            return failed != 0 ? failed : await services.Send(
                new ResumeRuns(runs, parsed.GetValue(takeOver), parsed.GetValue(parallel), TimeSpan.FromMinutes(parsed.GetValue(limit))),
                report => Task.FromResult(Show(services.Edge.Console, report)),
                stop);
        });
        return verb;
    }

    private static int Show(IAnsiConsole console, ResumeReport report)
    {
        if (report.Done.Count + report.Taken.Count == 0)
            console.WriteLine("nothing to resume: every run of the ledger is at its end");
        foreach (var run in report.Done)
            console.WriteLine($"run {run.Run}  {RunLabel.Of(run.Plan.Point, run.Plan.Seed)}  {Ending(run)}");
        foreach (var run in report.Taken)
            console.WriteLine($"run {run.Run}  is being carried out by process {run.Worker?.Process} on {run.Worker?.Machine}; --take-over if that has stalled");
        return report.AnyFailed ? 1 : 0;
    }

    private static string Ending(RunState run) => run.Steps.Values.FirstOrDefault(step => step.Failure is not null) is { Failure: { } failure } step
        ? $"failed at {step.Plan.Path}: {failure.Code}, {failure.Message}"
        : run.Verdict is { } verdict ? $"{run.Status.ToString().ToLowerInvariant()}, {verdict}" : run.Status.ToString().ToLowerInvariant();
}
