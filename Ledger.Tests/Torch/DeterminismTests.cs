using Ledger.Runner.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Torch;

public class DeterminismTests : TorchTests
{
    [Fact]
    public void Equal_seeds_give_equal_draws()
    {
        using var one = Determinism.Generator(7);
        using var two = Determinism.Generator(7);

        rand(5, generator: one).data<float>().ToArray().ShouldBe(rand(5, generator: two).data<float>().ToArray());
    }

    [Fact]
    public void Other_seeds_give_other_draws()
    {
        using var one = Determinism.Generator(7);
        using var two = Determinism.Generator(8);

        rand(5, generator: one).data<float>().ToArray().ShouldNotBe(rand(5, generator: two).data<float>().ToArray());
    }

    [Fact]
    public void Torch_says_what_it_is()
    {
        var facts = Determinism.Facts();

        facts.Version.ShouldBe("2.10.0");
        facts.Flavour.ShouldBe("cpu");
        facts.CpuCapability.ShouldNotBeEmpty();
        facts.Configuration.ShouldContain(facts.CpuCapability);
        facts.DeterministicAlgorithms.ShouldBeTrue();
        facts.Threads.ShouldBe(1);
    }
}
