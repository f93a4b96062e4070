using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Training.Regularizers;

/// <summary>Regularizers within the train step.</summary>
public sealed class RegularizedTrainingTests : TorchTests
{
    private static readonly ModelSpec Mlp = new("mlp", [16], 1, Bias: true, Nets.Grey);
    private static readonly ModelSpec Conv = Nets.SmallCnnSpec(width: 0.25);

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-regularize-").FullName;
    private readonly List<EpochCompleted> epochs = [];

    protected override void Dispose(bool disposing)
    {
        Directory.Delete(folder, recursive: true);
        base.Dispose(disposing);
    }

    [Fact]
    public void One_step_with_l1_moves_every_parameter_by_its_sign_further()
    {
        var step = new Recipe(new Sgd(0.1), new Constant(), 64, 1);
        var start = ModelFiles.Save(Store, Nets.Zoo(Mlp, seed: 3));
        var plain = Run(Spec(null) with { Recipe = step, Data = Sample.Train(64) }, start);

        var sparse = Run(Spec(null, new L1(0.05)) with { Recipe = step, Data = Sample.Train(64) }, start);

        foreach (var name in new[] { "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias" })
        {
            var expected = Tensor(plain, name) - (Tensor(start, name).sign() * 0.1 * 0.05);
            Tensor(sparse, name).sub(expected).abs().max().item<float>().ShouldBe(0, 1e-6f);
        }

        var term = epochs[^1].Terms.ShouldHaveSingleItem();
        var parameters = Cost.Parameters(ModelFiles.LoadArchitecture(Store, start));
        term.Name.ShouldBe("l1");
        term.Value!.Value.ShouldBe(0.05 * new[] { "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias" }.Sum(name => Tensor(start, name).abs().sum().item<float>()), 1e-3);
        term.GradientNorm!.Value.ShouldBe(0.05 * Math.Sqrt(parameters), 1e-6);
        epochs[0].Terms.ShouldBeNull();
        epochs[1].Loss.ShouldBe(epochs[0].Loss);
    }

    [Fact]
    public void A_heavier_nuclear_norm_leaves_a_smaller_sum_of_singular_values()
    {
        double[] sums = [.. new[] { 0, 0.01, 0.1 }.Select(weight => Sum(Run(Spec(Mlp, weight == 0 ? [] : [new NuclearNorm(weight)]))))];

        sums[1].ShouldBeLessThan(0.95 * sums[0]);
        sums[2].ShouldBeLessThan(0.7 * sums[1]);
        epochs[^1].Terms!.ShouldHaveSingleItem().Value!.Value.ShouldBeInRange(0.1 * sums[2], 0.2 * sums[0]);
        double Sum(ModelRef model) => linalg.svdvals(Tensor(model, "fc1.weight")).sum().item<float>();
    }

    [Fact]
    public void A_group_lasso_makes_rows_small_as_a_whole()
    {
        var (plain, sparse) = (Rows(Run(Spec(Mlp))), Rows(Run(Spec(Mlp, new GroupLasso(0.1)))));

        sparse.ShouldBeLessThan(plain / 2);
        float Rows(ModelRef model) => Tensor(model, "fc1.weight").norm(1).min().item<float>();
    }

    [Fact]
    public void A_group_lasso_is_refused_for_factors()
    {
        Architecture factored = new([1, 28, 28], 10,
        [
            new Flatten("flatten", ["input"]),
            new Linear("a", ["flatten"], 784, 3, Bias: false),
            new Linear("b", ["a"], 3, 20, Bias: true),
            new Relu("relu", ["b"]),
            new Linear("head", ["relu"], 20, 10, Bias: true),
        ]);
        var start = ModelFiles.Save(Store, Nets.Of(factored));

        Should.Throw<StepFailure>(() => Run(Spec(null, new GroupLasso(0.1)), start)).Message.ShouldContain("a and b are factors of one");
    }

    [Fact]
    public void A_regularizer_without_effect_is_flagged_with_its_share()
    {
        // At the default initialisation det(G/k) of a head is far below 1e-5; see PenaltyFormulaTests.
        var done = Step(Spec(Mlp, new ConditionNumber(1e-3, ConditionForm.Released), new L1(1e-4)) with { Recipe = new(new Sgd(1e-9), new Constant(), 64, 1) });

        var flag = done.Flags.ShouldHaveSingleItem();
        (flag.Code, flag.Threshold).ShouldBe(("inert-regularizer", 1e-6));
        flag.Value!.Value.ShouldBeInRange(0, 1e-6);
        epochs[^1].Terms!.Select(term => term.Name).ShouldBe(["cnc", "l1"]);
    }

    [Fact]
    public void A_condition_constraint_lowers_the_condition_of_the_head()
    {
        var (plain, constrained) = (Condition(Run(Spec(Mlp))), Condition(Run(Spec(Mlp, new ConditionNumber(1, ConditionForm.AmGm)))));

        constrained.ShouldBeLessThan(plain * 0.9);
        Step(Spec(Mlp, new ConditionNumber(1, ConditionForm.AmGm))).Flags.ShouldBeEmpty();
        double Condition(ModelRef model)
        {
            var values = linalg.svdvals(Tensor(model, "fc2.weight"));
            return values.max().item<float>() / values.min().item<float>();
        }
    }

    [Fact]
    public void After_gated_training_an_ordinary_network_computes_with_the_gates_at_their_test_value()
    {
        var spec = Spec(Conv, new TransformedSparsity(1)) with { Validation = new(Sample.Name, "train", null, new HoldOut(100, 0), Held: true) };
        using var network = Nets.Zoo(Conv, seed: 5);
        using var examples = new Ledger.Runner.Data.ExampleTensors(Ledger.Runner.Data.Examples.Read(Sample.Location, Sample.Train(200)));
        using var trainer = new Trainer(network, examples, spec, batches: 1, attack: 0, gate: 7);
        trainer.Epoch(0, CancellationToken.None);
        var pixels = examples.Rows(0, 16).Pixels;

        using var saved = Network.Load(network.Architecture, trainer.State());

        saved.Forward(pixels).sub(network.Forward(pixels)).abs().max().item<float>().ShouldBe(0, 1e-5f);
        saved["conv1.weight"].sub(network["conv1.weight"]).abs().max().item<float>().ShouldBe(0);
        saved["conv2.weight"].sub(network["conv2.weight"]).abs().max().item<float>().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Gated_training_gives_the_same_bits_again_and_others_with_other_gates()
    {
        var spec = Spec(Conv, new TransformedSparsity(1)) with { Recipe = Sample.Adam(1) with { Ema = 0.9 } };

        var (first, again, other) = (Run(spec), Run(spec), Run(spec, gates: 9));

        again.Weights.Digest.ShouldBe(first.Weights.Digest);
        other.Weights.Digest.ShouldNotBe(first.Weights.Digest);
    }

    [Fact]
    public void A_dearer_filter_has_its_gate_closed()
    {
        // Any weight that is there costs much more than the data could ask for.
        var spec = Spec(Conv, new TransformedSparsity(10, A: 1e6, Lambda0: 10)) with { Recipe = Sample.Adam(16, lr: 0.1) };

        Tensor(Run(spec), "conv2.weight").abs().max().item<float>().ShouldBe(0);
    }

    [Fact]
    public void Gated_filters_and_gates_are_not_decayed_by_the_optimizer()
    {
        using var network = Nets.Zoo(Conv, seed: 5);
        using var examples = new Ledger.Runner.Data.ExampleTensors(Ledger.Runner.Data.Examples.Read(Sample.Location, Sample.Train(64)));
        var before = network["conv2.weight"].clone();
        var (first, bias) = (network["conv1.weight"].clone(), network["conv1.bias"].clone());
        var spec = Spec(Conv, new TransformedSparsity(1)) with { Recipe = new(new AdamW(1e-30, WeightDecay: 1e29), new Constant(), 64, 1) };

        using var trainer = new Trainer(network, examples, spec, batches: 1, attack: 0, gate: 7);
        trainer.Epoch(0, CancellationToken.None);

        network["conv2.weight"].sub(before).abs().max().item<float>().ShouldBe(0);
        network["conv1.weight"].sub(first * 0.9f).abs().max().item<float>().ShouldBe(0, 1e-6f);
        network["conv1.bias"].sub(bias * 0.9f).abs().max().item<float>().ShouldBe(0, 1e-6f);
    }

    public static TheoryData<RegularizerSpec> All =>
    [
        new L1(1e-4), new GroupLasso(1e-3), new GroupLasso(1e-3, GroupLassoForm.ScaleInvariant), new NuclearNorm(1e-3), new NuclearNorm(1e-3, ["conv2", "head"]),
        new TransformedSparsity(1), new TransformedSparsity(1, Form: SparsityForm.Released),
        new ConditionNumber(0.1, ConditionForm.Released, ["all"]), new ConditionNumber(0.1, ConditionForm.AmGm), new ConditionNumber(0.1, ConditionForm.LogRatio, ["all"]),
        new Orthogonality(1e-3), new Orthogonality(1e-3, OrthogonalityForm.Srip), new SpectralNorm(1e-3, 1), new SpectralNorm(1e-3),
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_regularizer_is_recorded_and_leaves_no_tensors_behind(RegularizerSpec regularizer)
    {
        using var network = Nets.Zoo(Conv, seed: 5);
        using var examples = new Ledger.Runner.Data.ExampleTensors(Ledger.Runner.Data.Examples.Read(Sample.Location, Sample.Train(48)));
        using var trainer = new Trainer(network, examples, Spec(Conv, regularizer) with { Recipe = new(new Sgd(1e-3), new Constant(), 16, 5) }, batches: 1, attack: 0, gate: 2);
        trainer.Epoch(0, CancellationToken.None);
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        var term = trainer.Epoch(1, CancellationToken.None).Terms!.ShouldHaveSingleItem();

        TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
        term.Value!.Value.ShouldBeGreaterThan(0);
        term.GradientNorm!.Value.ShouldBeGreaterThan(0);
    }

    private ArtifactStore Store => new(folder);

    private static TrainSpec Spec(ModelSpec? model, params RegularizerSpec[] regularizers) =>
        new(model, Sample.Train(200), Sample.Adam(2, lr: 5e-3), Adversary: null, Regularizers: regularizers.Length == 0 ? null : regularizers);

    private ModelRef Run(TrainSpec spec, ModelRef? model = null, ulong gates = 4) => Step(spec, model, gates).Completion.Model;

    private (TrainingCompleted Completion, IReadOnlyList<ResultFlagged> Flags) Step(TrainSpec spec, ModelRef? model = null, ulong gates = 4)
    {
        var models = new Dictionary<string, ModelRef>(StringComparer.Ordinal);
        if (model is not null)
            models["model"] = model;
        var seeds = new Dictionary<string, ulong>(StringComparer.Ordinal)
        {
            [SeedPurposes.Weights] = 1,
            [SeedPurposes.Batches] = 2,
            [SeedPurposes.Attack] = 3,
            [SeedPurposes.Gates] = gates,
        };
        var sources = new Dictionary<string, DataLocation>(StringComparer.Ordinal) { [Sample.Name] = Sample.Location };
        return TrainStep.Run(new StepTask("train", spec, models, seeds, sources, folder, Threads: 1), epochs.Add, CancellationToken.None);
    }

    private Tensor Tensor(ModelRef model, string name) =>
        Ledger.Runner.Torch.TensorBytes.ToTensor(SafeTensors.Read(Store.ReadAll(ContentHash.Parse(model.Weights.Digest)))[name]);
}
