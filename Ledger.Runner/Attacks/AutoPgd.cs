using Ledger.Domain.Experiments;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// APGD (Croce and Hein, ICML 2020) as in the authors' AutoAttack: from a point on the ball's surface, steps of 2ε with momentum, each example
/// halving its own and going back to its best point when it gets no further (<see cref="StepHalving"/>). On the cross-entropy, the DLR
/// loss, or the DLR loss towards one class after another.
/// </summary>
/// <remarks>
/// Two things differ from that code and break no fewer examples: the first misclassified point is kept instead of the last, so a batch
/// ends when all of it is broken; and a gradient too small for float32's squares keeps its direction.
/// </remarks>
public sealed class AutoPgd : BatchAttack
{
    private readonly int _restarts;
    private readonly int _targets;
    private readonly bool _dlr;

    public AutoPgd(AttackSpec attack)
    {
        Name = AttackNames.Of(attack);
        (Steps, _restarts, _targets, _dlr) = attack switch
        {
            ApgdCe ce => (ce.Steps, ce.Restarts, 0, false),
            ApgdDlr dlr => (dlr.Steps, dlr.Restarts, 0, true),
            ApgdT targeted => (targeted.Steps, targeted.Restarts, targeted.Targets, true),
            _ => throw new ArgumentOutOfRangeException(nameof(attack), attack, "no form of APGD"),
        };
    }

    public override string Name { get; }

    public override int Rounds => _restarts * Math.Max(_targets, 1);

    public override int Steps { get; }

    public override void RefuseUnfit(AttackedNetwork network)
    {
        if (_targets > 0)
            GradientAttack.TooFewClasses(network.Classes, AttackLosses.ClassesForTargetedDlr, "the targeted DLR loss");
        else if (_dlr)
            GradientAttack.TooFewClasses(network.Classes, AttackLosses.ClassesForDlr, "the DLR loss");
    }

    /// <summary>All restarts of one target come before the next target.</summary>
    public override void Run(BatchUnderAttack batch, int round)
    {
        var target = round / _restarts;
        if (_targets > 0 && target > batch.Network.Classes - 2)
            return;
        var walk = new AutoPgdWalk(batch, Loss(batch, target));
        var checkpoints = StepHalving.Checkpoints(Steps);
        var last = 0;
        for (var step = 1; step <= Steps && batch.Goes; step++)
        {
            walk.Step(step, isLast: step == Steps);
            if (!checkpoints.Contains(step))
                continue;
            walk.HalveSteps(step - last);
            last = step;
        }
    }

    /// <param name="target">From 0: towards the class that is so many below the highest of those that are not the label, by the clean logits.</param>
    private Func<Tensor, Tensor> Loss(BatchUnderAttack batch, int target)
    {
        if (_targets == 0)
            return AttackLosses.Of(_dlr ? AttackLoss.Dlr : AttackLoss.Ce, batch.Labels, () => batch.Logits(batch.Pixels));
        var others = LogitDifferences.OthersByRank(batch.Logits(batch.Pixels), batch.Labels);
        return AttackLosses.TargetedDlr(batch.Labels, others.select(1, target));
    }
}
