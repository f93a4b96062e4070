using System.Diagnostics;
using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Runner.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Bench;

/// <summary>
/// What attacks cost on the small network: PGD-10 against the loop one would write by hand, passes with and without gradients by the
/// parameters, and AutoAttack's standard version with its rate. Ratios come from sides that alternate round by round in one process.
/// </summary>
public static class AttackBench
{
    private const int Rounds = 8, PgdSteps = 10, Batch = 128;

    private static readonly Threat Linf = new(Norm.Linf, Exact.Parse("0.1"), Space.Pixel, Clip: true);

    private static readonly Normalization Centred = new([0.2860], [0.3530]);

    private static readonly ModelSpec SmallCnn = new("small-cnn", [], 1, Bias: true, Centred);

    /// <summary>Writes one line per finding.</summary>
    /// <param name="examples">Test images that AutoAttack is run on.</param>
    public static void Run(DataLocation data, int examples, int threads, TextWriter output, CancellationToken stop)
    {
        Determinism.Prepare(threads);
        using var network = Trained(data, stop);
        using var naive = Network.Load(network.Architecture, network.State(), fastPooling: false);
        foreach (var finding in new[] { Pgd(network, naive), ParameterGradients(network) })
            output.WriteLine($"{(finding.Holds ? "ok  " : "FAIL")} {finding.What}: {finding.Found:F3} {finding.Unit}, at most {finding.Most:F2}");
        StandardAutoAttack(network, Examples.Read(data, new ExamplesSpec(data.Name, "test", examples)), output, stop);
    }

    private static Network Trained(DataLocation data, CancellationToken stop)
    {
        var examples = Examples.Read(data, new ExamplesSpec(data.Name, "train", 4000));
        using var weights = Determinism.Generator(1);
        var network = Network.Initialise(Architectures.Build(SmallCnn, examples.Shape, examples.Classes), weights);
        var adversary = new Adversary("train", Linf, new Pgd(5, StepSize.Parse("2.5*eps/steps"), Start.Random));
        var spec = new TrainSpec(SmallCnn, new ExamplesSpec(data.Name, "train", 4000), new Recipe(new Adam(1e-3), new Constant(), 128, 3), adversary);
        using var tensors = new ExampleTensors(examples);
        using var trainer = new Trainer(network, tensors, spec, batches: 1, attack: 2);
        for (var epoch = 0; epoch < spec.Recipe.Epochs; epoch++)
            trainer.Epoch(epoch, stop);
        return network;
    }

    /// <summary>Ours looks at every point and counts; the naive loop only walks.</summary>
    private static BenchFinding Pgd(Network network, Network naive)
    {
        using var scope = NewDisposeScope();
        var (pixels, labels, indices) = Images();
        var adversary = new Adversary("bench", Linf, new Pgd(PgdSteps, StepSize.Parse("2.5*eps/steps"), Start.Random));
        var (ours, theirs) = ByTurns.Fastest(
            Rounds,
            () =>
            {
                using var inner = NewDisposeScope();
                Adversaries.Perturb(network, pixels, labels, indices, adversary, seed: 1, draw: 0);
            },
            () => NaivePgd(naive, pixels, labels));
        return new("PGD-10 over the naive channels-first loop, small-cnn", ours / theirs, 0.85, $"({ours:F0} ms against {theirs:F0} ms a batch of {Batch})");
    }

    private static void NaivePgd(Network network, Tensor pixels, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using Scalar size = 0.025f, low = -0.1f, high = 0.1f, width = 0.2f;
        var perturbation = rand_like(pixels).mul_(width).sub_(high);
        for (var step = 0; step < PgdSteps; step++)
        {
            using var inner = NewDisposeScope();
            var point = pixels.add(perturbation, Numbers.One).clamp(Numbers.Zero, Numbers.One).requires_grad_(true);
            var loss = nn.functional.cross_entropy(network.Forward(point), labels);
            loss.backward();
            perturbation.add_(point.grad!.sign(), size).clamp_(low, high);
        }
        foreach (var parameter in network.Parameters)
            parameter.grad?.zero_();
    }

    private static BenchFinding ParameterGradients(Network network)
    {
        using var scope = NewDisposeScope();
        var (pixels, labels, _) = Images();
        Func<Tensor, Tensor> loss = AttackLosses.Of(AttackLoss.Ce, labels, () => pixels);
        void Pass()
        {
            using var inner = NewDisposeScope();
            BatchUnderAttack.GradientOf(network.Forward, pixels, loss);
        }

        void Backward()
        {
            using var inner = NewDisposeScope();
            loss(network.Forward(pixels.detach().requires_grad_(true))).sum().backward();
        }

        var (frozen, asked) = ByTurns.Fastest(
            Rounds,
            () =>
            {
                using var off = new FrozenNetwork(network);
                Pass();
            },
            Backward);
        return new("a gradient by the pixels over one by pixels and parameters", frozen / asked, 1, $"({frozen:F1} ms against {asked:F1} ms)");
    }

    private static void StandardAutoAttack(Network network, Examples data, TextWriter output, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var frozen = new FrozenNetwork(network);
        using var attacked = new AttackedNetwork(network.Forward, Linf, network.Architecture);
        var parts = AttackParts.Of(new Adversary("bench", Linf, AutoAttack.Of(AutoAttack.Standard)!));
        var began = Stopwatch.GetTimestamp();
        var found = AttackEvaluation.Run(
            attacked, parts, EvaluatedExamples.Pixels(data), [.. data.Labels.Select(label => (long)label)], [.. data.Indices.Select(index => (long)index)], 1, stop);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        output.WriteLine($"AutoAttack standard, {data.Count} images, {found.Correct} right, {found.Correct - found.Broken} robust: {seconds:F0} s");
        foreach (var (attack, attackedNow, broken, gradients, forwards, spent) in found.Parts.Select(part => part.Counts))
            output.WriteLine($"  {attack,-8} {attackedNow,5} attacked {broken,5} broken {gradients,9} gradients {forwards,9} forwards {spent,6:F1} s {1e3 * spent / (gradients + forwards),7:F3} ms a pass and example");
        output.WriteLine($"  resident memory {Environment.WorkingSet / 1048576} MiB");
    }

    private static (Tensor Pixels, Tensor Labels, long[] Indices) Images()
    {
        using var generator = Determinism.Generator(2);
        long[] indices = [.. Enumerable.Range(0, Batch)];
        return (rand([indices.Length, 1, 28, 28], generator: generator), tensor([.. indices.Select(index => index % 10)]), indices);
    }
}
