using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Compression;
using Ledger.Runner.Measures;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training.Regularizers;

namespace Ledger.Runner.Runs;

/// <summary>
/// How long a plan will take, from its arithmetic: multiply-accumulates of every forward and backward pass at a rate typical of one
/// core. Good to a factor of two; for planning an evening, never recorded.
/// </summary>
public static class Estimate
{
    /// <summary>Multiply-accumulates per second and thread of a small convolutional network with AVX-512 or AVX2.</summary>
    private const double Rate = 28e9;

    /// <summary>A backward pass costs about two forward passes.</summary>
    private const double ForwardBackward = 3;

    /// <summary>A forward pass alone, in forward and backward passes.</summary>
    private const double Forward = 1 / ForwardBackward;

    /// <summary>Per step: handing over, artifacts, events.</summary>
    private const double Overhead = 0.3;

    private const double LatencySeconds = 2;

    /// <summary>Metrics that need the singular values of every layer.</summary>
    private static readonly string[] Decomposing =
        ["operator-norms", "spectrum", "stable-rank", "condition-number", "compressibility", "lipschitz-bound", "singular-alignment"];

    /// <summary>Thread-seconds of one step.</summary>
    public static double Seconds(IReadOnlyList<PlannedStep> plan, PlannedStep step, DatasetPins pins)
    {
        var spec = Spec(step);
        var macs = Macs(plan, step, pins);
        return Overhead + spec switch
        {
            TrainSpec train => Training(train, Network(plan, step, pins), pins),
            CompressSpec { Training: { } training } compress => Training(training, Network(plan, step, pins), pins) * PruningEpochs.Rounds(compress.Compression),
            AttackStepSpec attack => macs * ForwardBackward * ((Examples(attack.Data, pins) * Steps(attack.Adversary)) + Fitting(attack.Adversary.Attack, pins)) / Rate,
            MeasureSpec measure => (macs * Examples(measure.Data, pins) * Passes(measure) / Rate) + (measure.Metrics.Contains("latency") ? LatencySeconds : 0)
                + (measure.Metrics.Any(Decomposing.Contains) ? Decompositions(plan, step, pins) : 0),
            CompressSpec { Compression: PostTrainingQuantization quantization } => macs * Examples(quantization.Calibration, pins) / Rate,
            CompressSpec { Compression: QuantizationAware quantization } => macs * Examples(quantization.Calibration, pins) / Rate,
            _ => 0,
        };
    }

    private static double Training(TrainSpec train, Architecture? network, DatasetPins pins)
    {
        if (network is null)
            return 0;
        var (examples, recipe) = (Examples(train.Data, pins), train.Recipe);
        var batches = Math.Ceiling((double)examples / recipe.Batch);
        return recipe.Epochs * ((Cost.Macs(network) * ForwardBackward * examples * Passes(train) / Rate) + (batches * Regularization(train, network)));
    }

    /// <summary>Forward-backward passes of training for each example and epoch, attacks included.</summary>
    private static double Passes(TrainSpec train) => train.Recipe.Loss is Trades trades
        ? 2 + Steps(trades.Adversary)
        : 1 + (Steps(train.Adversary) * (train.Use?.Fraction?.Value ?? 1) * (1 - ((double)(train.Use?.After ?? 0) / train.Recipe.Epochs)));

    /// <summary>Of one step: a Gram matrix, its eigenvectors, and products with them, in float64.</summary>
    private static double Regularization(TrainSpec train, Architecture network) => (train.Regularizers ?? [])
        .Where(regularizer => regularizer is NuclearNorm or SpectralNorm or ConditionNumber or Orthogonality { Form: OrthogonalityForm.Srip })
        .SelectMany(regularizer => Layers(regularizer, network))
        .Sum(layer => layer switch
        {
            Linear n => Eigenvectors(n.OutFeatures, n.InFeatures),
            Conv2d n => Eigenvectors(n.OutChannels, n.InChannels * n.Kernel * n.Kernel),
            _ => 0,
        });

    /// <summary>None where the network has no such layers: the step will say so.</summary>
    private static IReadOnlyList<Weighted> Layers(RegularizerSpec regularizer, Architecture network)
    {
        try
        {
            return Penalty.Layers(regularizer, network);
        }
        catch (StepFailure)
        {
            return [];
        }
    }

    private static double Eigenvectors(double rows, double columns)
    {
        var (side, other) = (Math.Min(rows, columns), Math.Max(rows, columns));
        return side * side * ((12 * side) + (2 * other)) / (Rate / 2);
    }

    /// <summary>Forward passes of a measurement for each example: clean and perturbed ones, and the gradients at sampled points.</summary>
    private static double Passes(MeasureSpec measure) =>
        Math.Max(1, measure.Metrics.Count(MeasureSpec.OnExamples.Contains) * 2) + (measure.Metrics.Contains("corruptions") ? Corruptions.All.Sum(corruption => corruption.Amounts.Length) : 0) + (ForwardBackward * (1 + (measure.Settings?.LocalLipschitz?.Samples ?? -1)));

    /// <summary>Singular values of every weight matrix m × n: about 4·m·n·min(m, n) multiply-accumulates in float64, at a tenth of the rate.</summary>
    private static double Decompositions(IReadOnlyList<PlannedStep> plan, PlannedStep step, DatasetPins pins) =>
        Network(plan, step, pins) is not { } network ? 0 : network.Nodes.Sum(node => node switch
        {
            Linear n => Decomposition(n.OutFeatures, n.InFeatures),
            Conv2d n => Decomposition(n.OutChannels, n.InChannels * n.Kernel * n.Kernel),
            _ => 0,
        });

    private static double Decomposition(double rows, double columns) => 4 * rows * columns * Math.Min(rows, columns) / (Rate / 10);

    private static StepSpec Spec(PlannedStep step) => step.Config.Deserialize<StepSpec>(LedgerJson.Options)!;

    private static double Macs(IReadOnlyList<PlannedStep> plan, PlannedStep step, DatasetPins pins) =>
        Network(plan, step, pins) is { } network ? Cost.Macs(network) : 0;

    /// <summary>The network the step works on, before compression.</summary>
    private static Architecture? Network(IReadOnlyList<PlannedStep> plan, PlannedStep step, DatasetPins pins) => Spec(step) switch
    {
        TrainSpec { Model: { } model } train when pins.Of(train.Data) is var data => Architectures.Build(model, data.Shape, data.Classes),
        _ => plan.FirstOrDefault(earlier => step.Inputs.Values.Contains(earlier.Path, StringComparer.Ordinal)) is { } input ? Network(plan, input, pins) : null,
    };

    private static int Examples(ExamplesSpec? examples, DatasetPins pins) => examples is null ? 0 : pins.Of(examples).Examples;

    /// <summary>Forward and backward passes an example takes if it stands to the end of every attack.</summary>
    private static double Steps(Adversary? adversary) => adversary is null ? 0 : AttackNames.Parts(adversary.Attack).Sum(Steps);

    private static double Steps(AttackSpec attack) => attack switch
    {
        Pgd pgd => pgd.Steps * pgd.Restarts,
        Fgsm => 1,
        ApgdCe apgd => apgd.Steps * apgd.Restarts,
        ApgdDlr apgd => apgd.Steps * apgd.Restarts,
        ApgdT apgd => apgd.Steps * apgd.Restarts * apgd.Targets,
        Square square => square.Queries * square.Restarts * Forward,
        Transfer transfer => Steps(transfer.Of) + Forward,
        // Boundaries to nine classes, a forward pass after each step, and DeepFool's usual three steps.
        Fab { Settings: var fab } => fab.Steps * fab.Restarts * (9 + Forward),
        TargetedFab { Settings: var fab } targeted => fab.Steps * fab.Restarts * targeted.Targets * (1 + Forward),
        DeepFool deepFool => 3 * (deepFool.Classes - 1 + Forward),
        RandomNoise noise => noise.Draws * Forward,
        UniversalSpec => Forward,
        _ => 0,
    };

    /// <summary>Passes over the examples that a universal perturbation is fitted to; half of them take a few steps of DeepFool in each.</summary>
    private static double Fitting(AttackSpec attack, DatasetPins pins) => attack switch
    {
        UniversalDeepFool universal => Examples(universal.FitOn, pins) * universal.Passes * (universal.Classes - 1),
        UniversalSgd universal => Examples(universal.FitOn, pins) * (universal.Epochs + (2 * Forward)),
        _ => 0,
    };
}
