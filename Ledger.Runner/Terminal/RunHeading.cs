using System.Globalization;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Runs;

namespace Ledger.Runner.Terminal;

/// <summary>The two lines above the progress: what it runs on, and what it will do.</summary>
internal static class RunHeading
{
    public static string Environment(Workshop shop)
    {
        var known = shop.Environment.Class;
        return $"libtorch {known.LibTorch} ({known.LibTorchFlavour}, {known.CpuIsa}) · {shop.Environment.LogicalCores} cores → {shop.Executors.Size} runs side by side, {Count(known.Threads, "thread")} each";
    }

    public static string Experiment(ResolvedExperiment spec, IReadOnlyList<Planned> plans, double seconds) =>
        $"{spec.Slug} · {Count(plans.Count, "run")}, {Count(plans.Sum(plan => plan.Steps.Count), "step")} · about {ProgressText.Duration(seconds)}";

    private static string Count(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
