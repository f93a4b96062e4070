using System.Diagnostics;
using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>
/// Runs attacks over examples, one after another, each on what those before it left standing, and keeps the best point of each example.
/// Every pass is a batch of one shape: before each round of an attack the examples still standing are packed into full batches, the
/// last one filled up. A row's bits do not depend on its place or its neighbours in a shape that never varies.
/// </summary>
public static class AttackEvaluation
{
    /// <summary>Small, since a round's last batch is filled up; on the convolutional networks here larger ones cost no less an image.</summary>
    public const int BatchSize = 32;

    /// <param name="pixels">[n, channels, height, width], uint8.</param>
    /// <param name="examples">Index of each example in its data set; its noise is drawn by it.</param>
    /// <param name="strongest">For points to be measured: attacks that keep the first misclassified one go on for the strongest, and take on examples that are wrong already, in their first round. Breaks the same examples.</param>
    /// <returns>With the points kept in the caller's dispose scope.</returns>
    /// <exception cref="Steps.StepFailure">
    /// An attack is not defined on the network, or a perturbation is outside the threat: then the attack is wrong, and no result of it may be recorded.
    /// </exception>
    public static AttackFindings Run(
        AttackedNetwork network, IReadOnlyList<BatchAttack> attacks, Tensor pixels, IReadOnlyList<long> labels, IReadOnlyList<long> examples,
        ulong seed, CancellationToken stop, bool strongest = false)
    {
        foreach (var attack in attacks)
            attack.RefuseUnfit(network);
        using var scope = NewDisposeScope();
        var run = new AttackRun(network, pixels, Clean(network.Forward, pixels, labels, examples, stop), seed, strongest, stop);
        IReadOnlyList<AttackFindings.Part> parts = [.. attacks.Zip(Names(attacks), run.Attack)];
        run.Measure();
        return new AttackFindings(
            run.Examples, parts, run.Kept.MoveToOuterDisposeScope(), network.Space.Longest(network.Ball, pixels.numel() / Math.Max(1, pixels.shape[0])),
            ForwardFacts.Of(network, Padded(pixels[TensorIndex.Slice(0, Math.Min(BatchSize, pixels.shape[0]))])));
    }

    private static IEnumerable<string> Names(IReadOnlyList<BatchAttack> attacks) =>
        attacks.Select((attack, at) => attacks.Take(at).Count(before => before.Name == attack.Name) is > 0 and var same ? $"{attack.Name}-{same + 1}" : attack.Name);

    /// <summary>Outcomes without perturbation, from batches of the same shape as an attack's.</summary>
    public static IReadOnlyList<Outcome> Clean(Func<Tensor, Tensor> network, Examples data, CancellationToken stop)
    {
        using var pixels = EvaluatedExamples.Pixels(data);
        return [.. Clean(network, pixels, [.. data.Labels.Select(label => (long)label)], [.. data.Indices.Select(index => (long)index)], stop).Select(example => example.CleanOutcome())];
    }

    internal static IReadOnlyList<AttackedExample> Clean(
        Func<Tensor, Tensor> network, Tensor pixels, IReadOnlyList<long> labels, IReadOnlyList<long> indices, CancellationToken stop)
    {
        var examples = new List<AttackedExample>(labels.Count);
        foreach (var rows in Enumerable.Range(0, labels.Count).Chunk(BatchSize))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var readings = Read(network(Padded(pixels[TensorIndex.Slice(rows[0], rows[^1] + 1)])), [.. rows.Select(row => labels[row])]);
            examples.AddRange(rows.Zip(readings, (row, reading) => new AttackedExample(indices[row], labels[row], reading)));
        }
        return examples;
    }

    /// <summary>Pixels in [0, 1] as float32, with black images up to the batch size.</summary>
    /// <param name="pixels">At most a batch; uint8, or float32 in [0, 1] already.</param>
    public static Tensor Padded(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        long[] shape = [BatchSize, .. pixels.shape.Skip(1)];
        var padded = zeros(shape);
        padded[TensorIndex.Slice(0, pixels.shape[0])] = InUnitRange(pixels);
        return padded.MoveToOuterDisposeScope();
    }

    internal static Tensor InUnitRange(Tensor pixels) =>
        pixels.dtype == ScalarType.Byte ? pixels.to(ScalarType.Float32).div_(Numbers.Brightest) : pixels;

    internal static LogitReading[] Read(Tensor logits, IReadOnlyList<long> labels)
    {
        var classes = (int)logits.shape[1];
        var values = logits.data<float>().ToArray();
        return [.. labels.Select((label, row) => LogitReading.Of(values.AsSpan(row * classes, classes), label))];
    }
}

/// <summary>All examples of one evaluation and the points kept of them. Lives within its caller's dispose scope.</summary>
internal sealed class AttackRun
{
    private readonly AttackedNetwork _network;
    private readonly Tensor _pixels;
    private readonly ulong _seed;
    private readonly bool _strongest;
    private readonly CancellationToken _stop;

    public AttackRun(AttackedNetwork network, Tensor pixels, IReadOnlyList<AttackedExample> examples, ulong seed, bool strongest, CancellationToken stop)
    {
        (_network, _pixels, Examples, _seed, _strongest, _stop) = (network, pixels, examples, seed, strongest, stop);
        Kept = AttackEvaluation.InUnitRange(pixels).clone();
    }

    public IReadOnlyList<AttackedExample> Examples { get; }

    /// <summary>[n, channels, height, width], float32.</summary>
    public Tensor Kept { get; }

    /// <param name="name">Recorded as what broke an example.</param>
    public AttackFindings.Part Attack(BatchAttack attack, string name)
    {
        var began = Stopwatch.GetTimestamp();
        var keeps = _strongest && attack.Keeps == Keeping.FirstBroken ? Keeping.Strongest : attack.Keeps;
        var standing = Rows(example => example.Standing && attack.TakesOn(example));
        // What is measured at the points kept is a mean over all examples, those that are wrong already too.
        int[] first = keeps == Keeping.Strongest ? Rows(example => attack.TakesOn(example) && (example.Standing || !example.Clean.Correct)) : standing;
        var (forwards, gradients) = Spent();
        for (var round = 0; round < attack.Rounds; round++)
        {
            var again = round == 0 ? first : [.. standing.Where(row => attack.Again(Examples[row]))];
            foreach (var rows in again.Chunk(AttackEvaluation.BatchSize))
                Attack(attack, new AttackRound(name, round, attack.Steps, keeps, _seed), rows);
        }
        var part = new AttackPart(
            name, standing.Length, standing.Count(row => Examples[row].Broken), Spent().Gradients - gradients, Spent().Forwards - forwards,
            Stopwatch.GetElapsedTime(began).TotalSeconds);
        return new AttackFindings.Part(attack, part);
    }

    private void Attack(BatchAttack attack, AttackRound round, int[] rows)
    {
        using var scope = NewDisposeScope();
        var chosen = tensor([.. rows.Select(row => (long)row)]);
        var kept = AttackEvaluation.Padded(Kept.index_select(0, chosen));
        var batch = new BatchUnderAttack(
            _network, round, [.. rows.Select(row => Examples[row])], AttackEvaluation.Padded(_pixels.index_select(0, chosen)), kept, _stop);
        attack.Run(batch, round.Number);
        Kept.index_copy_(0, chosen, kept[TensorIndex.Slice(0, rows.Length)]);
    }

    /// <summary>Lengths of the perturbations kept, each held against the threat.</summary>
    public void Measure()
    {
        foreach (var rows in Enumerable.Range(0, Examples.Count).Chunk(AttackEvaluation.BatchSize))
        {
            using var scope = NewDisposeScope();
            var part = TensorIndex.Slice(rows[0], rows[^1] + 1);
            var (clean, kept) = (AttackEvaluation.InUnitRange(_pixels[part]), Kept[part]);
            var changed = kept.to(ScalarType.Float64) - clean.to(ScalarType.Float64);
            var linf = new LinfBall(0).Length(changed).data<double>().ToArray();
            var l2 = new L2Ball(0).Length(changed).data<double>().ToArray();
            var threat = _network.Ball.Length(_network.Space.Difference(clean, kept)).data<double>().ToArray();
            foreach (var (at, row) in rows.Index())
                Examples[row].Distance = (linf[at], l2[at], threat[at]);
            _network.RefuseOutside(kept, threat);
        }
    }

    private int[] Rows(Func<AttackedExample, bool> which) => [.. Enumerable.Range(0, Examples.Count).Where(row => which(Examples[row]))];

    private (long Forwards, long Gradients) Spent() => (Examples.Sum(example => (long)example.Forwards), Examples.Sum(example => (long)example.Gradients));
}
