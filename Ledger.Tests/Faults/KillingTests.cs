using Ledger.Query.Results;
using Ledger.Runner.Bench.Kills;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>The kill loop at its smallest: each kind of process once. <c>ledger bench kills</c> does it fifty times.</summary>
public sealed class KillingTests
{
    [Fact]
    public async Task Whatever_is_killed_nothing_is_lost_or_doubled_and_the_results_are_those_of_an_undisturbed_run()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "finds processes in /proc");
        var output = new StringWriter();
        var held = await new KillBench(new KillsExperiment(Epochs: 3, Seeds: 1), ComputedRows.Of).Run(kills: 4, seed: 7, output, TestContext.Current.CancellationToken);
        held.ShouldBeTrue($"{output}");
        foreach (var victim in Enum.GetNames<Victim>())
            $"{output}".ShouldContain($": {victim.ToLowerInvariant()} ");
    }
}
