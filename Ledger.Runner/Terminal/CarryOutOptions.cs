using System.CommandLine;

namespace Ledger.Runner.Terminal;

/// <summary>The options of every verb that carries runs out, <see cref="Runs.ICarriesOutRuns"/>.</summary>
internal static class CarryOutOptions
{
    private const double Minutes = 120;

    public static TimeSpan DefaultStepLimit { get; } = TimeSpan.FromMinutes(Minutes);

    public static Option<int?> Parallel() => new("--parallel") { Description = "Runs side by side; default: as many as the cores allow" };

    public static Option<double> StepLimit() => new("--step-limit") { Description = "Minutes after which a step counts as hung", DefaultValueFactory = _ => Minutes };
}
