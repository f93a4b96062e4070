using Ledger.Domain.Metrics;
using Ledger.Runner.Data;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Runs a gradient attack over examples and keeps the best point of each. Batches are whole and of one shape, the last one padded,
/// and are never thinned to the survivors: a matrix product may round differently in another shape, so an example's outcome
/// would otherwise depend on which of its neighbours still stand.
/// </summary>
public static class AttackEvaluation
{
    public const int BatchSize = 125;

    /// <param name="network">Pixels → logits, without side effects and with each row for itself (batch norm in evaluation mode).</param>
    /// <param name="pixels">[n, channels, height, width], uint8.</param>
    /// <param name="examples">Index of each example in its data set; its noise is drawn by it.</param>
    /// <exception cref="Steps.StepFailure">A perturbation is outside the threat: the attack is wrong, and no result of it may be recorded.</exception>
    public static AttackFindings Run(
        Func<Tensor, Tensor> network, GradientAttack attack, Tensor pixels, IReadOnlyList<long> labels, IReadOnlyList<long> examples,
        ulong seed, CancellationToken cancel)
    {
        var found = new List<AttackedExample>();
        long passes = 0;
        for (var at = 0; at < examples.Count; at += BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var count = Math.Min(BatchSize, examples.Count - at);
            var batch = new AttackedBatch(
                network, attack, Padded(pixels[TensorIndex.Slice(at, at + count)]), [.. labels.Skip(at).Take(count)], [.. examples.Skip(at).Take(count)]);
            passes += batch.Attack(seed, cancel);
            found.AddRange(batch.Examples);
        }
        return new AttackFindings(found, passes, attack.Space.Longest(attack.Ball, pixels.numel() / Math.Max(1, pixels.shape[0])));
    }

    /// <summary>Outcomes without perturbation, from batches of the same shape as an attack's.</summary>
    public static IReadOnlyList<Outcome> Clean(Func<Tensor, Tensor> network, Examples data, CancellationToken stop)
    {
        var outcomes = new List<Outcome>(data.Count);
        using var pixels = EvaluatedExamples.Pixels(data);
        for (var at = 0; at < data.Count; at += BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var to = Math.Min(data.Count, at + BatchSize);
            long[] labels = [.. data.Labels[at..to].Select(label => (long)label)];
            var readings = Read(network(Padded(pixels[TensorIndex.Slice(at, to)])), labels);
            outcomes.AddRange(readings.Select((clean, row) => new AttackedExample(data.Indices[at + row], labels[row], clean).CleanOutcome()));
        }
        return outcomes;
    }

    /// <summary>Pixels in [0, 1] as float32, with black images up to the batch size.</summary>
    public static Tensor Padded(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        long[] shape = [BatchSize, .. pixels.shape.Skip(1)];
        var padded = zeros(shape);
        padded[TensorIndex.Slice(0, pixels.shape[0])] = pixels.to(ScalarType.Float32).div_(Numbers.Brightest);
        return padded.MoveToOuterDisposeScope();
    }

    internal static LogitReading[] Read(Tensor logits, IReadOnlyList<long> labels)
    {
        var classes = (int)logits.shape[1];
        var values = logits.data<float>().ToArray();
        return [.. labels.Select((label, row) => LogitReading.Of(values.AsSpan(row * classes, classes), label))];
    }
}

/// <summary>One padded batch under attack. Lives within its caller's dispose scope.</summary>
internal sealed class AttackedBatch
{
    private readonly Func<Tensor, Tensor> _network;
    private readonly GradientAttack _attack;
    private readonly Tensor _pixels;
    private readonly Tensor _labels;
    private readonly long[] _indices;
    private readonly Tensor _best;

    public AttackedBatch(Func<Tensor, Tensor> network, GradientAttack attack, Tensor pixels, long[] labels, long[] indices)
    {
        (_network, _attack, _pixels, _indices, _best) = (network, attack, pixels, indices, pixels.clone());
        _labels = tensor([.. labels, .. Enumerable.Repeat(0L, AttackEvaluation.BatchSize - labels.Length)]);
        var clean = AttackEvaluation.Read(Logits(pixels), labels);
        Examples = [.. clean.Select((reading, row) => new AttackedExample(indices[row], labels[row], reading))];
    }

    public IReadOnlyList<AttackedExample> Examples { get; }

    /// <summary>Gives the number of gradient evaluations.</summary>
    public long Attack(ulong seed, CancellationToken cancel)
    {
        long passes = 0;
        for (var restart = 0; restart < _attack.Restarts && Examples.Any(example => example.Standing); restart++)
        {
            using var scope = NewDisposeScope();
            var round = restart;
            var start = _attack.Begin(_pixels, _indices, seed, draw: 0, round);
            var last = _attack.Walk(_network, _pixels, _labels, start, (step, point, logits, gradient) =>
            {
                cancel.ThrowIfCancellationRequested();
                passes += Examples.Count;
                if (round == 0 && step == 0)
                    NoteZeroGradients(gradient);
                See(point, logits, round, step);
                return Examples.Any(example => example.Standing);
            });
            See(last, Logits(last), round, _attack.Steps);
        }
        Measure();
        return passes;
    }

    private Tensor Logits(Tensor pixels)
    {
        using var _ = no_grad();
        return _network(pixels);
    }

    private void See(Tensor point, Tensor logits, int restart, int step)
    {
        var readings = AttackEvaluation.Read(logits, [.. Examples.Select(example => example.Label)]);
        for (var row = 0; row < readings.Length; row++)
        {
            if (Examples[row].Sees(readings[row], restart, step))
                _best[row] = point[row];
        }
    }

    private void NoteZeroGradients(Tensor gradient)
    {
        var largest = gradient.abs().flatten(1).amax([1]).data<float>().ToArray();
        foreach (var (row, example) in Examples.Index())
            example.ZeroGradient = largest[row] == 0;
    }

    private void Measure()
    {
        var changed = _best.to(ScalarType.Float64) - _pixels.to(ScalarType.Float64);
        var linf = new LinfBall(0).Length(changed).data<double>().ToArray();
        var l2 = new L2Ball(0).Length(changed).data<double>().ToArray();
        var threat = _attack.Ball.Length(_attack.Space.Difference(_pixels, _best)).data<double>().ToArray();
        foreach (var (row, example) in Examples.Index())
            example.Distance = (linf[row], l2[row], threat[row]);
        _attack.RefuseOutside(_best, threat);
    }
}
