using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Runs;

/// <summary>Follows a plan through the ledger as far as keys are known: which steps would be reused, shared or computed.</summary>
public sealed class StepForecasts(Workshop shop, bool reuse)
{
    private readonly HashSet<ContentHash> computed = [];
    private double work;
    private double longest;

    public double WallSeconds() => Math.Max(work / shop.Executors.Size, longest);

    public async Task<IReadOnlyList<StepForecast>> Of(RunPlan plan, CancellationToken stop)
    {
        var made = new Dictionary<string, StepCompletion>();
        var forecasts = new List<StepForecast>();
        foreach (var step in plan.Steps)
            forecasts.Add(await Of(plan, step, made, stop));
        longest = Math.Max(longest, forecasts.Sum(forecast => forecast.Seconds));
        return forecasts;
    }

    private async Task<StepForecast> Of(RunPlan plan, PlannedStep step, Dictionary<string, StepCompletion> made, CancellationToken stop)
    {
        var known = step.Inputs.Values.All(made.ContainsKey);
        if (reuse && known && await Reusable(plan, step, made, stop) is { } found)
        {
            made[step.Path] = found.Completion;
            return new StepForecast(step.Path, step.Kind, "reuse", $"{found.Run}/{found.Step}", 0);
        }

        if (reuse && !computed.Add(StepChain.Of(plan, step)))
            return new StepForecast(step.Path, step.Kind, "share", null, 0);
        var seconds = Estimate.Seconds(plan.Steps, step, shop.Pins);
        work += seconds;
        return new StepForecast(step.Path, step.Kind, known ? "compute" : "depends", null, seconds);
    }

    private Task<ReusableStep?> Reusable(RunPlan plan, PlannedStep step, Dictionary<string, StepCompletion> made, CancellationToken stop)
    {
        var fields = shop.Identities.Fields(step, step.Config.Deserialize<StepSpec>(LedgerJson.Options)!, StepInputs.Of(step, made), plan.Seed);
        return shop.Reuse.Find(StepKey.Of(fields), stop);
    }
}
