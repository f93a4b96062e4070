using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Attacks;

/// <summary>From the specification of an attack to what carries it out.</summary>
internal static class AttackParts
{
    /// <param name="parent">Network that perturbations are transferred from; null where there is none.</param>
    /// <param name="parentIsAttacked">
    /// Whether that is the network attacked, weight for weight. Transfer of an attack that is also a part itself then finds nothing new.
    /// </param>
    /// <returns>One for each attack of an ensemble, in order.</returns>
    /// <exception cref="StepFailure">There is a transfer and no parent.</exception>
    public static IReadOnlyList<BatchAttack> Of(Adversary adversary, Network? parent = null, bool parentIsAttacked = false)
    {
        AttackSpec[] specs = [.. AttackNames.Parts(adversary.Attack)];
        bool IsVain(AttackSpec spec) => parentIsAttacked && spec is Transfer transfer && specs.Contains(transfer.Of);
        return [.. specs.Select(spec => Of(spec, adversary.Threat, parent, IsVain(spec)))];
    }

    /// <summary>A new attack is one line here.</summary>
    private static BatchAttack Of(AttackSpec spec, Threat threat, Network? parent, bool vain) => spec switch
    {
        Fgsm or Pgd => new GradientAttack(spec, threat.Eps),
        ApgdCe or ApgdDlr or ApgdT => new AutoPgd(spec),
        Square square => new SquareSearch(square),
        Fab fab => new FabAttack(fab.Settings, targets: null),
        TargetedFab fab => new FabAttack(fab.Settings, fab.Targets),
        DeepFool deepFool => new DeepFoolAttack(deepFool),
        RandomNoise noise => new NoiseAttack(noise),
        Transfer transfer => new TransferredAttack(
            Of(transfer.Of, threat, null, false),
            parent ?? throw new StepFailure(FailureCodes.Error, "an attack transfers, but the step has no parent to transfer from"), vain),
        _ => throw new NotSupportedException($"no attack step for {spec}"),
    };
}
