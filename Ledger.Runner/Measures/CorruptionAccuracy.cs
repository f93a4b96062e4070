using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>Accuracy on corrupted examples, one figure for each corruption and severity, and their mean.</summary>
public static class CorruptionAccuracy
{
    /// <param name="network">In evaluation mode.</param>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<MetricValue> Of(Network network, Examples data, CancellationToken stop)
    {
        var values = new List<MetricValue>();
        foreach (var (number, corruption) in Corruptions.All.Index())
        {
            for (var severity = 1; severity <= corruption.Amounts.Length; severity++)
                values.Add(Fraction("corruption_accuracy", (double)Right(network, data, number, severity, stop) / data.Count, $"{corruption.Name}/{severity}"));
        }
        return [.. values, Fraction("corruption_accuracy_mean", values.Average(value => value.Value!.Value), null)];
    }

    private static int Right(Network network, Examples data, int number, int severity, CancellationToken stop)
    {
        var right = 0;
        foreach (var rows in Enumerable.Range(0, data.Count).Chunk(AttackEvaluation.BatchSize))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var pixels = Corrupted(data, rows, number, severity);
            right += AttackEvaluation.Read(network.Forward(pixels), [.. rows.Select(row => (long)data.Labels[row])]).Count(reading => reading.Correct);
        }
        return right;
    }

    /// <summary>The rows corrupted, filled up with black images to a whole batch.</summary>
    private static Tensor Corrupted(Examples data, int[] rows, int number, int severity)
    {
        var (channels, height, width) = (data.Shape[0], data.Shape[1], data.Shape[2]);
        var size = channels * height * width;
        var pixels = new float[AttackEvaluation.BatchSize * size];
        foreach (var (at, row) in rows.Index())
        {
            float[] values = [.. data.Pixels.AsSpan(row * size, size).ToArray().Select(value => value / 255f)];
            Corruptions.Apply(number, severity, new Picture(values, channels, height, width), data.Indices[row]).Values.CopyTo(pixels, at * size);
        }
        return tensor(pixels, [AttackEvaluation.BatchSize, channels, height, width]);
    }

    private static MetricValue Fraction(string name, double value, string? part) => new(name, value, "fraction", MetricClass.Computed, part);
}
