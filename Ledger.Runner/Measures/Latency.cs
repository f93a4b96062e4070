using System.Diagnostics;
using Ledger.Domain.Runs;
using Ledger.Runner.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>
/// How long a forward pass takes in libtorch on this machine, now: medians after a warm-up. Observed, never part of a verdict. Quantized
/// networks are simulated in float32, so this does not show what integer arithmetic would gain.
/// </summary>
public static class Latency
{
    private const int LargeBatch = 128;

    public static IReadOnlyList<MetricValue> Of(Network network, int threads, CancellationToken stop) =>
    [
        Observed("latency_ms_p50", Median(network, 1, warmUp: 10, runs: 51, stop), "ms"),
        Observed("latency_batch", 1, "count"),
        Observed("latency_threads", threads, "count"),
        Observed("latency_ms_p50_batch_128", Median(network, LargeBatch, warmUp: 2, runs: 11, stop), "ms"),
    ];

    private static double Median(Network network, int batch, int warmUp, int runs, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var images = ones([batch, .. network.Architecture.Input.Select(side => (long)side)]);
        return Median(() => network.Forward(images).Dispose(), warmUp, runs, stop);
    }

    /// <summary>Median time in milliseconds.</summary>
    internal static double Median(Action forward, int warmUp, int runs, CancellationToken stop)
    {
        var times = new double[runs];
        for (var run = -warmUp; run < runs; run++)
        {
            stop.ThrowIfCancellationRequested();
            var began = Stopwatch.GetTimestamp();
            forward();
            if (run >= 0)
                times[run] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
        Array.Sort(times);
        return times[runs / 2];
    }

    private static MetricValue Observed(string name, double value, string unit) => new(name, value, unit, MetricClass.Observed);
}
