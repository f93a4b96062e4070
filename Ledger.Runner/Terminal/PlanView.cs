using Ledger.Query;
using Ledger.Runner.Runs;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary>A forecast as a table: one row a run, one line of totals.</summary>
internal static class PlanView
{
    public static void Show(Edge edge, ExperimentForecast forecast, bool json)
    {
        if (json)
        {
            edge.WriteJson(forecast);
            return;
        }

        var table = new Table { Border = TableBorder.Simple }.AddColumns("run", "point", "in the ledger", "compute", "reuse", "share");
        foreach (var run in forecast.Runs)
        {
            table.AddRow(
                $"{run.Number}", Markup.Escape(run.Label), run.State ?? "new",
                Steps(run, "compute", "depends"), Steps(run, "reuse"), Steps(run, "share"));
        }

        edge.Console.Write(table);
        var steps = forecast.Runs.SelectMany(run => run.Steps).ToList();
        edge.Console.WriteLine(
            $"{forecast.Experiment}: {forecast.Runs.Count(run => run.State == "completed")} of {forecast.Runs.Count} runs are there; "
            + $"{steps.Count(step => step.What is "compute" or "depends")} steps to compute, {steps.Count(step => step.What == "reuse")} to reuse, "
            + $"{steps.Count(step => step.What == "share")} shared between runs; about {ProgressText.Duration(forecast.Seconds)}");
    }

    private static string Steps(RunForecast run, params string[] what) =>
        Markup.Escape(string.Join(' ', run.Steps.Where(step => what.Contains(step.What)).Select(step => step.Step)));
}
