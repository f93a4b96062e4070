using Ledger.Query.Results;
using Ledger.Runner.Runs;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary>What a person sees after <c>ledger run</c>: the results table, what was recorded, and what to do next.</summary>
internal static class RunReportView
{
    public static async Task<int> Show(Composition composition, RunReport report, string file, CancellationToken stop)
    {
        var edge = composition.Edge;
        if (report.NothingToDo)
        {
            edge.Console.WriteLine($"nothing to do: all {report.Asked} runs of {report.Slug} are there. --again runs them once more; --seeds adds seeds.");
            return 0;
        }

        var shown = await edge.Send(new ShowResults(report.Experiment), table => ResultsConsole.Render(edge.Console, table), stop);
        edge.Console.WriteLine();
        foreach (var run in report.Done.Where(run => run.Status == Domain.Runs.RunStatus.Failed))
        {
            var failed = run.Steps.Values.First(step => step.Failure is not null);
            edge.Console.WriteLine($"run {run.Run} failed at {failed.Plan.Path}: {failed.Failure!.Code}, {failed.Failure.Message}");
        }

        if (report.Sealed is { } seal)
            edge.Console.WriteLine($"{report.Done.Sum(run => run.Version)} events of {report.Done.Count} runs, sealed at size {seal.Head.Size} (Ed25519 key {seal.Signatures[0].KeyId})");
        var example = report.Done[^1].Run;
        edge.Console.WriteLine($"next   ledger show {example}         one run: steps, seeds, environment");
        edge.Console.WriteLine($"       ledger results {report.Slug} --wide     each seed, with intervals");
        edge.Console.WriteLine($"       ledger export {example} out/  weights (safetensors), outcomes (parquet), a Python loader");
        edge.Console.WriteLine($"       ledger replay {example}       the same once more, compared bit for bit");
        edge.Console.WriteLine("       ledger verify                 every event, artifact and seal, recomputed");
        edge.Console.WriteLine($"       ledger plan {file}   what a second run would do");
        return report.AnyFailed ? 1 : shown;
    }
}
