using Ledger.Domain;
using Ledger.Query.Export;
using Shouldly;
using Xunit;
using static Ledger.Tests.Export.Runs;

namespace Ledger.Tests.Export;

public sealed class ModelChoiceTests
{
    private static readonly StepToExport Base = Step("base", "train"), Small = Step("small", "compress", "base"), Tuned = Step("tuned", "train", "small");

    [Fact]
    public void The_last_network_that_was_attacked_is_chosen() =>
        ModelChoice.Of(Run(Base, Small, Tuned, Step("weak", "attack", "base"), Step("strong", "attack", "small")), null).Path.ShouldBe("small");

    [Fact]
    public void Without_attacks_it_is_the_last_network_made() =>
        ModelChoice.Of(Run(Base, Small, Tuned with { State = "failed" }, Step("clean", "measure", "small")), null).Path.ShouldBe("small");

    [Fact]
    public void An_attack_that_failed_does_not_count() =>
        ModelChoice.Of(Run(Base, Small, Step("weak", "attack", "base") with { State = "failed" }), null).Path.ShouldBe("small");

    [Fact]
    public void A_step_can_be_named() => ModelChoice.Of(Run(Base, Small, Step("weak", "attack", "small")), "base").Path.ShouldBe("base");

    [Fact]
    public void A_network_taken_over_from_another_run_can_be_exported() =>
        ModelChoice.Of(Run(Base with { State = "reused" }), null).Path.ShouldBe("base");

    [Fact]
    public void A_name_that_is_no_step_is_answered_with_those_that_are() =>
        Should.Throw<BadInput>(() => ModelChoice.Of(Run(Base, Small), "smal")).Message
            .ShouldBe("--step: found no step 'smal' in run 01RUN, expected a step that makes a network: base, small");

    [Fact]
    public void A_step_that_makes_no_network_is_refused_by_its_kind() =>
        Should.Throw<BadInput>(() => ModelChoice.Of(Run(Base, Step("weak", "attack", "base")), "weak")).Message
            .ShouldContain("found weak, a step of kind attack");

    [Fact]
    public void A_step_that_has_not_come_to_its_end_is_refused() =>
        Should.Throw<Refused>(() => ModelChoice.Of(Run(Base with { State = "running" }), null)).Values["state"].ShouldBe("running");

    [Fact]
    public void A_run_without_networks_has_nothing_to_export() =>
        Should.Throw<Refused>(() => ModelChoice.Of(Run(), null)).Code.ShouldBe("no-model");
}
