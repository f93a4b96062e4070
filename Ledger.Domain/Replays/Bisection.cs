using Ledger.Domain.Runs;

namespace Ledger.Domain.Replays;

/// <summary>Finds where two trainings part by comparing few digests: what has parted does not come together again.</summary>
public static class Bisection
{
    /// <summary>Number of the first epoch after which the states differ, from 1; null when none of those that both have does.</summary>
    /// <param name="compared">Digests that were compared.</param>
    public static int? FirstEpoch(IReadOnlyList<EpochCompleted> mine, IReadOnlyList<EpochCompleted> theirs, out int compared)
    {
        var (same, parted, count) = (0, Math.Min(mine.Count, theirs.Count), 0);
        bool Differ(int epoch)
        {
            count++;
            return mine[epoch - 1].WeightsDigest != theirs[epoch - 1].WeightsDigest;
        }

        if (parted == 0 || !Differ(parted))
        {
            compared = count;
            return null;
        }

        while (parted - same > 1)
        {
            var middle = same + ((parted - same) / 2);
            if (Differ(middle))
                parted = middle;
            else
                same = middle;
        }

        compared = count;
        return parted;
    }
}
