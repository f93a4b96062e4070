using System.Diagnostics;

namespace Ledger.Query.Bench;

/// <summary>How long work takes, and what of several times is said.</summary>
internal static class Timed
{
    public static async Task<double> Seconds(Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}
