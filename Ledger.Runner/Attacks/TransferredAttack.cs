using Ledger.Domain.Runs;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Perturbations found on another network, tried on the one attacked: of each round of the attack on the other, the point of highest
/// cross-entropy there. The other is attacked to the end of every round, whatever it misclassifies, for a point just past its
/// boundary is seldom past another's. Its passes are counted; threat, space and clip are those of the network attacked.
/// </summary>
/// <param name="isVain">True: the networks are equal and other attacks have seen this one, so no example is taken on.</param>
public sealed class TransferredAttack(BatchAttack attack, Network parent, bool isVain) : BatchAttack
{
    public override string Name => $"transfer-{attack.Name}";

    public override int Rounds => attack.Rounds;

    public override double StepSize => attack.StepSize;

    public override bool IsWhiteBox => false;

    public override bool TakesOn(AttackedExample example) => !isVain;

    public override void RefuseUnfit(AttackedNetwork network)
    {
        var (own, other) = (network.Architecture, parent.Architecture);
        if (!own.Input.AsSpan().SequenceEqual(other.Input) || own.Classes != other.Classes)
        {
            throw new StepFailure(
                FailureCodes.Error,
                $"the parent takes {string.Join("×", other.Input)} with {other.Classes} classes; the network attacked takes {string.Join("×", own.Input)} with {own.Classes}");
        }
        attack.RefuseUnfit(network);
    }

    public override void Run(BatchUnderAttack batch, int round)
    {
        var clean = AttackEvaluation.Read(batch.Network.Instead(parent).Logits(batch.Pixels), [.. batch.Examples.Select(example => example.Label)]);
        batch.Charge(gradients: 0, forwards: 1);
        var there = batch.Before(
            batch.Network.Instead(parent), Keeping.HighestLoss, [.. batch.Examples.Zip(clean, (example, reading) => new AttackedExample(example.Index, example.Label, reading))]);
        attack.Run(there, round);
        foreach (var (here, other) in batch.Examples.Zip(there.Examples))
        {
            here.Gradients += other.Gradients;
            here.Forwards += other.Forwards;
            here.ZeroGradient |= other.ZeroGradient;
            here.NonFiniteGradient |= other.NonFiniteGradient;
        }
        batch.See(there.Kept, batch.Logits(there.Kept), attack.Steps);
    }
}
