using System.Diagnostics;

namespace Ledger.Runner.Bench;

/// <summary>Two sides measured by turns, so that a busy machine slows both; the fastest round of each counts.</summary>
internal static class ByTurns
{
    /// <summary>Milliseconds.</summary>
    public static (double A, double B) Fastest(int rounds, Action a, Action b)
    {
        var (bestA, bestB) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var round = 0; round < rounds; round++)
            (bestA, bestB) = (Math.Min(bestA, Time(a)), Math.Min(bestB, Time(b)));
        return (bestA, bestB);
    }

    private static double Time(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
