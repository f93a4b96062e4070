using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Replays;

/// <summary>The first place at which the computed parts of two traces of one step part.</summary>
/// <param name="Epoch">From 1; null: at the end of the step.</param>
/// <param name="Field">Member of the event, or what else is different.</param>
/// <param name="Tensor">Place of the first tensor whose digest differs after the epoch, in the order of names; null where it is not known.</param>
public sealed record FirstDifference(int? Epoch, string Field, int? Tensor = null)
{
    /// <summary>Digits of one tensor in <see cref="EpochCompleted.TensorDigests"/>.</summary>
    public const int TensorDigits = 8;

    /// <summary>Null when there is none.</summary>
    public static FirstDifference? Between(StepTrace original, StepTrace replay)
    {
        for (var i = 0; i < Math.Min(original.Epochs.Count, replay.Epochs.Count); i++)
        {
            if (Between(original.Epochs[i], replay.Epochs[i]) is { } difference)
                return difference;
        }

        return Between(original.Ending, replay.Ending) ?? (original.Epochs.Count == replay.Epochs.Count
            ? null
            : new FirstDifference(Math.Min(original.Epochs.Count, replay.Epochs.Count) + 1, "only one of the two has it"));
    }

    public static FirstDifference? Between(EpochCompleted original, EpochCompleted replay)
    {
        var differences = Difference.Between(ComputedPart.Of(original, original), ComputedPart.Of(replay, original));
        return differences.Count == 0 ? null : new FirstDifference(original.Epoch, FieldOf(differences), TensorOf(original.TensorDigests, replay.TensorDigests));
    }

    private static FirstDifference? Between(RunEvent? original, RunEvent? replay) => (original, replay) switch
    {
        (StepCompletion mine, StepCompletion theirs) =>
            Difference.Between(ComputedPart.Of(mine, mine), ComputedPart.Of(theirs, mine)) is { Count: > 0 } differences
                ? new FirstDifference(null, FieldOf(differences))
                : null,
        (StepFailed mine, StepFailed theirs) when mine.Code == theirs.Code => null,
        (StepFailed mine, StepFailed theirs) => new FirstDifference(null, $"failed with {theirs.Code}, the original with {mine.Code}"),
        (StepFailed mine, _) => new FirstDifference(null, $"the original failed with {mine.Code}"),
        (_, StepFailed theirs) => new FirstDifference(null, $"failed with {theirs.Code}, the original completed"),
        _ => null,
    };

    /// <summary>What is lossy comes last: a figure says more than the digest of the bytes it was read from.</summary>
    private static string FieldOf(IReadOnlyList<Difference> differences) =>
        (differences.FirstOrDefault(difference => !difference.Path.Contains("igest", StringComparison.Ordinal)) ?? differences[0]).Path;

    private static int? TensorOf(string? mine, string? theirs)
    {
        if (mine is null || theirs is null || mine.Length != theirs.Length)
            return null;
        for (var i = 0; i < mine.Length; i++)
        {
            if (mine[i] != theirs[i])
                return i / TensorDigits;
        }

        return null;
    }
}
