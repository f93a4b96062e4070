using Ledger.Domain.Experiments;

namespace Ledger.Runner.Attacks;

/// <summary>From the specification of an attack to what carries it out: a new attack is one line here.</summary>
internal static class AttackParts
{
    public static IReadOnlyList<BatchAttack> Of(Adversary adversary) => adversary.Attack switch
    {
        Fgsm or Pgd => [new GradientAttack(adversary.Attack, adversary.Threat.Eps)],
        _ => throw new NotSupportedException($"no attack step for {adversary.Attack}"),
    };
}
