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

    /// <summary>Milliseconds.</summary>
    public static async Task<(double A, double B)> Fastest(int rounds, Func<Task> a, Func<Task> b)
    {
        var (bestA, bestB) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var round = 0; round < rounds; round++)
            (bestA, bestB) = (Math.Min(bestA, await Time(a)), Math.Min(bestB, await Time(b)));
        return (bestA, bestB);
    }

    /// <summary>Milliseconds.</summary>
    public static async Task<double> Time(Func<Task> action)
    {
        var began = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static double Time(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
