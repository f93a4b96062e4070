using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Compression;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Compression;

public class ScoreLearnerTests : TorchTests
{
    private static readonly Recipe Short = new(new Sgd(0.1, 0.9), new Constant(), 64, 2);

    [Fact]
    public void Scores_start_in_proportion_to_the_weights() =>
        ScoreLearner.Start(tensor([0.5f, -2, 1, 0, 0.25f, 1], [2, 3])).data<float>().ToArray()
            .Zip([0.25f, -1, 0.5f, 0, 0.125f, 0.5f]).ShouldAllBe(pair => Math.Abs(pair.First - (pair.Second * MathF.Sqrt(2))) < 1e-6f);

    [Fact]
    public void The_mask_keeps_the_largest_scores_and_passes_its_gradient_to_their_size()
    {
        var score = tensor([0.5f, -2, 1, -0.5f], [2, 2]).requires_grad_(true);

        var mask = ScoreLearner.Mask(score, Exact.Parse("0.5"));
        (mask * tensor([1f, 2, 3, 4], [2, 2])).sum().backward();

        mask.data<float>().ToArray().ShouldBe([0, 1, 1, 0]);
        score.grad!.data<float>().ToArray().ShouldBe([1, -2, 3, -4]);
    }

    [Fact]
    public void Of_equal_scores_the_earlier_goes() =>
        ScoreLearner.Mask(tensor([1f, -1, 1, 1], [4]), Exact.Parse("0.5")).data<float>().ToArray().ShouldBe([0, 0, 1, 1]);

    [Fact]
    public void Weights_that_matter_are_found_though_they_are_the_smallest()
    {
        // Inputs 0 and 1 decide the class; 2 and 3 have larger weights but are noise that hurts. Magnitude would keep those.
        var architecture = new Architecture([4, 1, 1], 2, [new Flatten("flat", ["input"]), new Domain.Models.Linear("fc", ["flat"], 4, 2, false)]);
        var model = ModelState.Of(architecture, [StepSituation.Floats("fc.weight", [2, 4], [0.5f, -0.5f, 1, -1, -0.5f, 0.5f, -1, 1])]);
        using var generator = Runner.Torch.Determinism.Generator(3);
        var inputs = rand([256, 4, 1, 1], generator: generator);
        var labels = inputs.select(1, 0).lt(inputs.select(1, 1)).flatten().to(int64);

        var pruned = ScoreLearner.Prune(model, new LearnedScores(Exact.Parse("0.5")), (network, fitted, _) =>
        {
            using var optimizer = Runner.Training.Optimizer.Of(new Sgd(0.5), fitted);
            for (var step = 0; step < 100; step++)
            {
                optimizer.ZeroGradients();
                nn.functional.cross_entropy(network.Forward(inputs), labels).backward();
                optimizer.Step();
            }
        });

        pruned.Floats("fc.weight").ShouldBe([0.5f, -0.5f, 0, 0, -0.5f, 0.5f, 0, 0]);
        MagnitudePruner.Prune(model, new(Exact.Parse("0.5"), Scope.PerLayer)).Floats("fc.weight").ShouldBe([0, 0, 1, -1, 0, 0, -1, 1]);
    }

    [Fact]
    public void Kept_weights_and_biases_are_those_of_the_parent_and_epochs_are_told()
    {
        using var situation = new StepSituation();
        using var parent = Nets.Mlp(2, 16);
        var epochs = new List<EpochCompleted>();

        var done = CompressStep.Run(Learning(situation, parent, "0.9"), epochs.Add, TestContext.Current.CancellationToken).Completion;

        var (before, after) = (ModelState.Of(parent.Architecture, parent.State()), CompressStep.Load(situation.Store, done.Model));
        foreach (var name in new[] { "fc1.weight", "fc2.weight" })
        {
            var kept = after.Floats(name).Zip(before.Floats(name)).Where(pair => pair.First != 0).ToArray();
            kept.Length.ShouldBe(before.Floats(name).Length - Share.Of(Exact.Parse("0.9"), before.Floats(name).Length));
            kept.ShouldAllBe(pair => pair.First == pair.Second);
        }
        after.Floats("fc1.bias").ShouldBe(before.Floats("fc1.bias"));
        after.Floats("fc1.weight").ShouldNotBe(MagnitudePruner.Prune(before, new(Exact.Parse("0.9"), Scope.PerLayer)).Floats("fc1.weight"));
        epochs.Select(epoch => epoch.Epoch).ShouldBe([1, 2]);
        done.GradientEvaluations.ShouldBe(epochs.Sum(epoch => epoch.GradientEvaluations));
        (done.Method, done.Requested).ShouldBe(("learned-scores", 0.9));
        done.Achieved.ShouldBe(0.9, 1e-3);
        CompressStep.Run(Learning(situation, parent, "0.9"), _ => { }, TestContext.Current.CancellationToken).Completion.Model.ShouldBe(done.Model);
    }

    [Fact]
    public void Batch_norm_learns_and_moves_its_statistics_while_convolutions_are_frozen()
    {
        using var network = Nets.Of(CompressionNets.Residual);
        var before = ModelState.Of(network.Architecture, network.State());

        var after = ScoreLearner.Prune(before, new LearnedScores(Exact.Parse("0.5"), ["head"]), (scored, fitted, _) =>
        {
            using var optimizer = Runner.Training.Optimizer.Of(new Sgd(0.5), fitted);
            scored.Training = true;
            scored.Forward(CompressionNets.Images(scored.Architecture)).sum().backward();
            optimizer.Step();
            scored.Training = false;
        });

        after.Floats("stem_bn.weight").ShouldNotBe(before.Floats("stem_bn.weight"));
        after.Floats("stem_bn.running_mean").ShouldNotBe(before.Floats("stem_bn.running_mean"));
        after.Floats("outer.bias").ShouldBe(before.Floats("outer.bias"));
        after.Floats("head.weight").ShouldBe(before.Floats("head.weight"));
        after.Floats("stem.weight").Count(weight => weight == 0).ShouldBe(54);
    }

    [Fact]
    public void Pruning_in_rounds_trains_between_them_and_ends_at_the_ratio()
    {
        using var situation = new StepSituation();
        using var parent = Nets.Mlp(2, 16);
        var epochs = new List<EpochCompleted>();
        var spec = new CompressSpec(
            new MagnitudePruning(Exact.Parse("0.9"), Scope.Global, new PruningRounds(3, SparsityPath.Geometric)), new TrainSpec(null, StepSituation.Train(128), Short, null));

        var done = CompressStep.Run(Task(situation, spec, parent), epochs.Add, TestContext.Current.CancellationToken).Completion;

        epochs.Select(epoch => epoch.Epoch).ShouldBe([1, 2, 3, 4]);
        done.GradientEvaluations.ShouldBe(4 * 128);
        done.Achieved.ShouldBe(0.9, 1e-4);
        var (before, after) = (ModelState.Of(parent.Architecture, parent.State()), CompressStep.Load(situation.Store, done.Model));
        after.Floats("fc1.weight").Zip(before.Floats("fc1.weight")).Count(pair => pair.First != 0 && pair.First != pair.Second).ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Regularizers_between_rounds_are_told_and_flagged_as_in_any_training()
    {
        using var situation = new StepSituation();
        using var parent = Nets.Mlp(2, 16);
        var epochs = new List<EpochCompleted>();
        var training = new TrainSpec(null, StepSituation.Train(128), Short, null, Regularizers: [new L1(1e-3), new SpectralNorm(1e-30)]);
        var spec = new CompressSpec(new MagnitudePruning(Exact.Parse("0.5"), Scope.Global, new PruningRounds(2, SparsityPath.Geometric)), training);

        var flags = CompressStep.Run(Task(situation, spec, parent), epochs.Add, TestContext.Current.CancellationToken).Flags;

        epochs.ShouldAllBe(epoch => epoch.Terms!.Count == 2 && epoch.Terms[0].Value > 0 && epoch.Terms[0].GradientNorm > 0);
        flags.Select(flag => flag.Code).ShouldBe(["inert-regularizer"]);
    }

    [Theory]
    [InlineData(SparsityPath.Geometric, 1, 0.5)]
    [InlineData(SparsityPath.Geometric, 2, 0.75)]
    [InlineData(SparsityPath.Geometric, 3, 0.875)]
    [InlineData(SparsityPath.Cubic, 1, 0.875 * (1 - (8.0 / 27)))]
    [InlineData(SparsityPath.Cubic, 2, 0.875 * (1 - (1.0 / 27)))]
    [InlineData(SparsityPath.Cubic, 3, 0.875)]
    public void Sparsity_follows_its_path(SparsityPath path, int round, double expected) =>
        MagnitudePruner.Sparsity(new PruningRounds(3, path), 0.875, round).ShouldBe(expected, 1e-12);

    [Fact]
    public void What_one_round_removed_the_next_does_not_bring_back()
    {
        using var parent = Nets.Mlp(2, 16);
        var seen = new List<double>();

        MagnitudePruner.PruneInRounds(
            ModelState.Of(parent.Architecture, parent.State()), new(Exact.Parse("0.875"), Scope.PerLayer), new(3, SparsityPath.Geometric), (_, model) =>
            {
                seen.Add(MagnitudePruner.Sparsity(model));
                return model;
            });

        seen.Count.ShouldBe(2);
        seen[0].ShouldBe(0.5, 1e-3);
        seen[1].ShouldBe(0.75, 1e-3);
    }

    private static StepTask Learning(StepSituation situation, Network parent, string ratio) =>
        Task(situation, new CompressSpec(new LearnedScores(Exact.Parse(ratio)), new TrainSpec(null, StepSituation.Train(256), Short, null)), parent);

    private static StepTask Task(StepSituation situation, CompressSpec spec, Network parent) =>
        situation.Task(spec, parent) with { Seeds = new Dictionary<string, ulong> { [SeedPurposes.Batches] = 4 } };
}
