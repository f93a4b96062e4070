using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Models;

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

    /// <summary>Thread-seconds of one step.</summary>
    public static double Seconds(IReadOnlyList<PlannedStep> plan, PlannedStep step, DatasetPins pins)
    {
        var spec = Spec(step);
        var macs = Macs(plan, step, pins);
        return Overhead + spec switch
        {
            TrainSpec train => macs * ForwardBackward * Examples(train.Data, pins) * train.Recipe.Epochs * (1 + Steps(train.Adversary)) / Rate,
            AttackStepSpec attack => macs * ForwardBackward * ((Examples(attack.Data, pins) * Steps(attack.Adversary)) + Fitting(attack.Adversary.Attack, pins)) / Rate,
            MeasureSpec measure => (macs * Examples(measure.Data, pins) * (measure.Metrics.Contains("corruptions") ? 50 : 1) / Rate) + (measure.Metrics.Contains("latency") ? LatencySeconds : 0),
            CompressSpec { Compression: PostTrainingQuantization quantization } => macs * Examples(quantization.Calibration, pins) / Rate,
            _ => 0,
        };
    }

    private static StepSpec Spec(PlannedStep step) => step.Config.Deserialize<StepSpec>(LedgerJson.Options)!;

    /// <summary>Multiply-accumulates of the network the step works on, before compression.</summary>
    private static double Macs(IReadOnlyList<PlannedStep> plan, PlannedStep step, DatasetPins pins) => Spec(step) switch
    {
        TrainSpec { Model: { } model } train when pins.Of(train.Data) is var data => Cost.Macs(Architectures.Build(model, data.Shape, data.Classes)),
        _ => plan.FirstOrDefault(earlier => step.Inputs.Values.Contains(earlier.Path, StringComparer.Ordinal)) is { } input ? Macs(plan, input, pins) : 0,
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
