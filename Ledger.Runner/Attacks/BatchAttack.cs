using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// One way of seeking perturbations, as an algorithm on one batch: it knows its own settings and nothing of data sets, restarts' bookkeeping,
/// ensembles or records. A new attack is a class of these and a line in <see cref="AttackParts"/>. In each round it gets the examples still
/// standing, packed into batches of one fixed shape (<see cref="BatchUnderAttack"/>), and shows every point it may have broken an example at.
/// </summary>
/// <remarks>
/// What an attack does to one row must depend on that row alone, so that an example's outcome is the same in any company: no sums over the
/// batch (but of per-row losses, whose gradients are apart), no random numbers but <see cref="BatchUnderAttack.Noise"/>, no batch statistics.
/// </remarks>
public abstract class BatchAttack
{
    /// <summary>
    /// Written as what broke an example. In an ensemble a number is added where a part before has the same: pgd, pgd-2.
    /// </summary>
    public abstract string Name { get; }

    /// <summary>Restarts, targets, or both; before each round examples are packed anew. At least 1.</summary>
    public virtual int Rounds => 1;

    /// <summary>Most steps of a round, for the checks of what happened late in it; 0 where steps do not approach a goal one by one.</summary>
    public virtual int Steps => 0;

    /// <summary>Fixed length of one step, in the threat's space; 0 where there is none.</summary>
    public virtual double StepSize => 0;

    /// <summary>Which of the points shown is kept of each example.</summary>
    public virtual Keeping Keeps => Keeping.FirstBroken;

    /// <summary>Whether it uses the gradients of the network attacked.</summary>
    public virtual bool IsWhiteBox => true;

    /// <summary>Whether the attack takes the example on at all.</summary>
    public virtual bool TakesOn(AttackedExample example) => true;

    /// <summary>Whether an example that was taken on takes part in the next round.</summary>
    public virtual bool Again(AttackedExample example) => example.Standing;

    /// <summary>Throws if the attack is not defined on this network.</summary>
    /// <exception cref="StepFailure"/>
    public virtual void RefuseUnfit(AttackedNetwork network)
    {
    }

    /// <summary>Attacks one batch. Leaves within a dispose scope of its caller; every pass through the network is one of the batch's.</summary>
    /// <param name="round">From 0; recorded as the restart.</param>
    public abstract void Run(BatchUnderAttack batch, int round);

    /// <summary>Further figures about what this attack found, for the record; none by default.</summary>
    public virtual IEnumerable<MetricValue> Metrics(AttackFindings found, AttackedNetwork network) => [];
}

/// <summary>Which point an attack is remembered by.</summary>
public enum Keeping
{
    /// <summary>The first misclassified one, after which the example is left alone; until then, the one of highest cross-entropy.</summary>
    FirstBroken,

    /// <summary>
    /// Of the misclassified ones that of highest cross-entropy, sought to the end of the round that broke the example; if there is none, of all.
    /// What broke it, and when, is as under <see cref="FirstBroken"/>. Of an example that is wrong already, that of highest cross-entropy.
    /// </summary>
    Strongest,

    /// <summary>The misclassified one nearest to the example, sought to the end. It breaks the example only within ε.</summary>
    Closest,

    /// <summary>The one of highest cross-entropy, misclassified or not, sought to the end.</summary>
    HighestLoss,

    /// <summary>The last one shown, whatever it does: perturbations that are given and not sought.</summary>
    Given,
}

/// <summary>A loss with its gradient, for each row by itself.</summary>
/// <param name="Logits">[n, classes].</param>
/// <param name="Losses">[n].</param>
/// <param name="Pixels">Gradient of each row's loss by its pixels, shaped as they are.</param>
public sealed record LossGradient(Tensor Logits, Tensor Losses, Tensor Pixels);
