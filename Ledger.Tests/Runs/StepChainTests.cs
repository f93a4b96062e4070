using Ledger.Domain.Experiments;
using Ledger.Runner.Experiments;
using Ledger.Runner.Runs;
using Ledger.Tests.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Runs;

public sealed class StepChainTests
{
    private static readonly IReadOnlyList<RunPlan> Runs = ReadSpec.Read(Specs.Quickstart, null, []).Runs;

    [Fact]
    public void The_quickstart_shares_its_base_networks_and_nothing_else() =>
        Runs.SelectMany(run => run.Steps.Select(step => (step.Path, Chain: StepChain.Of(run, step)))).Distinct().GroupBy(step => step.Path)
            .ToDictionary(path => path.Key, path => path.Count())
            .ShouldBe(new Dictionary<string, int> { ["base"] = 4, ["small"] = 12, ["tuned"] = 8, ["attacks/fgsm"] = 16, ["attacks/pgd-linf"] = 16, ["attacks/pgd-l2"] = 16, ["measure"] = 16 }, ignoreOrder: true);

    [Fact]
    public void Equal_settings_on_another_network_are_another_step()
    {
        var (standard, adversarial) = (Int8("standard"), Int8("adversarial"));

        standard.Steps[1].Config.ToString().ShouldBe(adversarial.Steps[1].Config.ToString());
        StepChain.Of(standard, standard.Steps[1]).ShouldNotBe(StepChain.Of(adversarial, adversarial.Steps[1]));
    }

    private static RunPlan Int8(string trained) => Runs.First(run => run.Point["base"] == trained && run.Point["compress"] == "int8");
}
