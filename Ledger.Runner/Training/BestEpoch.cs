using Ledger.Domain.Experiments;
using Ledger.Runner.Training.Checkpoints;

namespace Ledger.Runner.Training;

/// <summary>What a network makes of the validation examples.</summary>
/// <param name="Loss">Mean cross-entropy; may be NaN or infinite.</param>
public sealed record Validated(double Loss, double Accuracy);

/// <summary>Which epoch was best by one figure. The first of equals; a figure that is not finite is worse than any that is.</summary>
/// <param name="figure">Null: the last epoch is best.</param>
internal sealed class BestEpoch(ValidationFigure? figure)
{
    private double best = double.NaN;
    private int number;

    /// <summary>From 1; 0 before any was seen.</summary>
    public int Number => number;

    public void Transfer(StateTransfer state)
    {
        state.Number("best", ref best);
        state.Count("number", ref number);
    }

    /// <returns>Whether it is the best so far.</returns>
    public bool Sees(int epoch, Validated? validated)
    {
        var value = figure switch
        {
            null => double.NaN,
            ValidationFigure.Loss => -validated!.Loss,
            _ => validated!.Accuracy,
        };
        if (number > 0 && figure is not null && !(value > best || (double.IsFinite(value) && !double.IsFinite(best))))
            return false;
        (best, number) = (value, epoch);
        return true;
    }
}

/// <summary>When to end a training before its last epoch.</summary>
internal sealed class Patience(EarlyStop? stop)
{
    private readonly BestEpoch best = new(stop?.On);

    public void Transfer(StateTransfer state) => best.Transfer(state);

    /// <returns>Whether this epoch is the last.</returns>
    public bool Ends(int epoch, Validated? validated)
    {
        best.Sees(epoch, validated);
        return stop is not null && epoch >= stop.NotBefore && epoch - best.Number >= stop.Patience;
    }
}
