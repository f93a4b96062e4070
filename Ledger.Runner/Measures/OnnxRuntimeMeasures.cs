using Ledger.Domain.Models;
using Ledger.Domain.Onnx;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using static TorchSharp.torch;

namespace Ledger.Runner.Measures;

/// <summary>
/// The network's ONNX export in ONNX Runtime, held against the network itself: how often the two say the same class, how far their logits are
/// apart, and how long a forward pass takes there. An integer network is timed in float32 too (the weights its integers stand for,
/// activations as they are), so that the two latencies differ by the arithmetic alone.
/// </summary>
/// <remarks>
/// Agreement and difference are computed: ONNX Runtime gives the same bits for the same file, threads and class of machine, and its version is
/// part of the code's fingerprint. Latencies are observed.
/// </remarks>
public static class OnnxRuntimeMeasures
{
    private const int LargeBatch = 128;

    internal static IReadOnlyList<MetricValue> Of(Subject subject)
    {
        var (model, threads, stop) = (subject.Model, subject.Task.Threads, subject.Stop);
        using var itself = new OnnxRun(model, OnnxForm.Itself, threads);
        var metrics = new List<MetricValue>(Agreement(subject, itself));
        if (!OnnxExport.IsInteger(model.Architecture))
            return [.. metrics, .. Latencies("fp32", itself, model.Architecture, stop)];
        using var floats = new OnnxRun(model, OnnxForm.Float, threads);
        return [.. metrics, .. Latencies("fp32", floats, model.Architecture, stop), .. Latencies("int8", itself, model.Architecture, stop)];
    }

    private static MetricValue[] Agreement(Subject subject, OnnxRun run)
    {
        var data = subject.Examples;
        using var examples = new ExampleTensors(data);
        using var off = no_grad();
        var (agreeing, difference) = (0L, 0f);
        for (var at = 0; at < data.Count; at += AttackEvaluation.BatchSize)
        {
            subject.Stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var pixels = examples.Rows(at, Math.Min(data.Count, at + AttackEvaluation.BatchSize)).Pixels;
            var ours = subject.Network.Forward(pixels);
            var theirs = tensor(run.Logits(pixels.data<float>().ToArray()), ours.shape);
            agreeing += ours.argmax(1).eq(theirs.argmax(1)).sum().item<long>();
            difference = Math.Max(difference, (ours - theirs).abs().max().item<float>());
        }
        return
        [
            Figure.Fraction("onnx_agreement", (double)agreeing / data.Count),
            new("onnx_max_difference", difference, "logit", MetricClass.Computed),
            Figure.Count("onnx_examples", data.Count),
        ];
    }

    private static MetricValue[] Latencies(string arithmetic, OnnxRun run, Architecture architecture, CancellationToken stop)
    {
        var size = architecture.Input.Aggregate(1, (product, side) => product * side);
        MetricValue Observed(string name, int batch, int warmUp, int runs)
        {
            float[] images = [.. Enumerable.Repeat(1f, batch * size)];
            return new(name, Latency.Median(() => run.Logits(images), warmUp, runs, stop), "ms", MetricClass.Observed);
        }
        return
        [
            Observed($"onnx_{arithmetic}_latency_ms_p50", 1, warmUp: 10, runs: 51),
            Observed($"onnx_{arithmetic}_latency_ms_p50_batch_128", LargeBatch, warmUp: 2, runs: 11),
        ];
    }
}
