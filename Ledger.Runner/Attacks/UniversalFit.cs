using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;

namespace Ledger.Runner.Attacks;

/// <summary>Fits the perturbation of a universal attack to the examples its specification names.</summary>
internal static class UniversalFit
{
    /// <returns>With its perturbation in the caller's dispose scope.</returns>
    /// <exception cref="StepFailure">The examples do not fit the network.</exception>
    public static UniversalAttack Of(UniversalSpec spec, StepTask task, AttackedNetwork network, CancellationToken stop)
    {
        var data = Examples.Read(task.Sources[spec.FitOn.Source], spec.FitOn);
        EvaluatedExamples.RefuseMismatch(network.Architecture, data);
        using var bytes = EvaluatedExamples.Pixels(data);
        using var pixels = AttackEvaluation.InUnitRange(bytes);
        using var order = Determinism.Generator(task.Seeds[SeedPurposes.Batches]);
        return new UniversalAttack(AttackNames.Of(spec), spec switch
        {
            UniversalDeepFool deepFool => DeepFoolUniversal.Fit(network, pixels, deepFool, order, stop),
            UniversalSgd sgd => SgdUniversal.Fit(network, pixels, [.. data.Labels.Select(label => (long)label)], sgd, order, stop),
            _ => throw new NotSupportedException($"no fit for {spec}"),
        });
    }
}
