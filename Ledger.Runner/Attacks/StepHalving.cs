namespace Ledger.Runner.Attacks;

/// <summary>
/// When APGD halves an example's step (Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
/// parameter-free attacks", ICML 2020, section 3.2), as in the authors' code. One of these follows the losses of one example.
/// </summary>
internal sealed class StepHalving(float startLoss)
{
    private const double Rho = 0.75;

    // In the authors' code the first step's loss is held against the zero that its place has before there is one, not against the start's.
    private float _last;
    private float _bestAtCheckpoint = startLoss;
    private int _rises;
    private bool _halved = true;

    public float Best { get; private set; } = startLoss;

    /// <summary>Takes the loss after a step. Gives whether it is the best so far.</summary>
    public bool Improves(float loss)
    {
        if (loss > _last)
            _rises++;
        _last = loss;
        if (!(loss > Best))
            return false;
        Best = loss;
        return true;
    }

    /// <summary>
    /// At a checkpoint: whether to halve the step and go back to the best point. Because the loss rose in at most ρ = 0.75 of the steps since
    /// the last checkpoint; or because the step was not halved there and the best loss has not risen since.
    /// </summary>
    public bool Halves(int stepsSinceCheckpoint)
    {
        var stuck = !_halved && _bestAtCheckpoint >= Best;
        _halved = stuck || _rises <= Rho * stepsSinceCheckpoint;
        (_bestAtCheckpoint, _rises) = (Best, 0);
        return _halved;
    }

    /// <summary>
    /// Steps after which the checkpoints of a run of so many steps stand: intervals of 22 % of them, each 3 % shorter than the one before,
    /// 6 % at least; percentages rounded down, 1 at least. For 100: 22, 41, 57, 70, 80, 87, 93, 99.
    /// </summary>
    public static IReadOnlyList<int> Checkpoints(int steps)
    {
        int Share(int percent) => Math.Max(steps * percent / 100, 1);
        var (interval, checkpoints) = (Share(22), new List<int>());
        for (var at = interval; at <= steps; at += interval)
        {
            checkpoints.Add(at);
            interval = Math.Max(interval - Share(3), Share(6));
        }
        return checkpoints;
    }
}
