using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Compression;

public class CompressStepTests : TorchTests
{
    private static readonly CompressionSpec Int8 = new PostTrainingQuantization(8, Granularity.PerChannel, 8, StepSituation.Train(64));

    private static readonly Dictionary<string, CompressionSpec> Specs = new CompressionSpec[]
    {
        new MagnitudePruning(Exact.Parse("0.9"), Scope.Global),
        new FilterPruning(Exact.Parse("0.5"), FilterNorm.L1, Scope.PerLayer, Remove: true),
        new FilterPruning(Exact.Parse("0.5"), FilterNorm.L2, Scope.Global, Remove: false),
        Int8,
        new PostTrainingQuantization(4, Granularity.PerTensor, null, StepSituation.Train(64)),
    }.ToDictionary(spec => spec.ToString(), StringComparer.Ordinal);

    public static TheoryData<string> Compressions() => [.. Specs.Keys];

    [Theory]
    [MemberData(nameof(Compressions))]
    public void Gives_a_network_that_loads_and_computes_and_the_same_one_each_time(string compression)
    {
        using var situation = new StepSituation();
        using var network = Nets.SmallCnn(width: 0.5);

        var completed = Compress(situation, network, Specs[compression]);

        Compress(situation, network, Specs[compression]).Model.ShouldBe(completed.Model);
        using var smaller = ModelFiles.Load(situation.Store, completed.Model);
        smaller.Forward(CompressionNets.Images(smaller.Architecture)).isfinite().all().item<bool>().ShouldBeTrue();
        completed.Parameters.ShouldBe(Cost.Parameters(smaller.Architecture));
        completed.NonzeroParameters.ShouldBeInRange(1, completed.Parameters);
    }

    [Fact]
    public void Magnitude_pruning_achieves_what_was_asked()
    {
        using var situation = new StepSituation();
        using var network = Nets.SmallCnn();

        var completed = Compress(situation, network, new MagnitudePruning(Exact.Parse("0.9"), Scope.Global));

        // 421,408 weights and 234 biases; 0.9 of the weights are 379,267.2.
        (completed.Method, completed.Requested, completed.Parameters, completed.ForwardDifference).ShouldBe(("magnitude", 0.9, 421_642L, null));
        completed.Achieved.ShouldBe(0.9, 1e-5);
        completed.NonzeroParameters.ShouldBe(421_408 - 379_267 + 234);
    }

    [Fact]
    public void Removing_filters_records_how_far_the_logits_are_from_the_masked_network()
    {
        using var situation = new StepSituation();
        using var network = Nets.SmallCnn(width: 0.5);

        var completed = Compress(situation, network, new FilterPruning(Exact.Parse("0.5"), FilterNorm.L1, Scope.PerLayer, Remove: true));

        completed.ForwardDifference!.Value.ShouldBeInRange(0, 1e-5);
        completed.Achieved.ShouldBe(0.5);
        completed.Parameters.ShouldBe((8 * 9) + 8 + (16 * 8 * 9) + 16 + (16 * 49 * 64) + 64 + (64 * 10) + 10);
    }

    [Fact]
    public void Int8_of_a_network_agrees_with_it_on_nearly_all_examples_and_is_attacked_straight_through()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();
        var int8 = Compress(situation, network, Int8);
        var attack = new AttackStepSpec(
            new Adversary("fgsm", new Threat(Norm.Linf, Exact.Parse("4/255"), Space.Pixel, true), new Fgsm()), StepSituation.Test(200));

        var before = AttackStep.Run(situation.Task(attack, network), TestContext.Current.CancellationToken).Completion;
        var after = AttackStep.Run(situation.Task(attack, int8.Model), TestContext.Current.CancellationToken).Completion;

        (before.Gradient, after.Gradient).ShouldBe(("exact", "straight-through"));
        Math.Abs(after.Correct - before.Correct).ShouldBeLessThanOrEqualTo(4);
        Math.Abs(after.Broken - before.Broken).ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public void A_quantized_network_is_not_compressed_again()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();
        var int8 = Compress(situation, network, Int8);

        int8.GradientEvaluations.ShouldBeNull();
        Should.Throw<StepFailure>(() => CompressStep.Run(situation.Task(new CompressSpec(Int8), int8.Model), _ => { }, TestContext.Current.CancellationToken))
            .Message.ShouldContain("quantized already");
    }

    [Fact]
    public void A_network_without_convolutions_has_no_filters_to_remove()
    {
        using var situation = new StepSituation();
        using var network = Nets.Mlp(1, 16);

        Should.Throw<StepFailure>(() => Compress(situation, network, new FilterPruning(Exact.Parse("0.5"), FilterNorm.L1, Scope.Global, true)))
            .Message.ShouldContain("no convolution");
    }

    private static CompressionCompleted Compress(StepSituation situation, Network network, CompressionSpec spec) =>
        CompressStep.Run(situation.Task(new CompressSpec(spec), network), _ => { }, TestContext.Current.CancellationToken).Completion;
}
