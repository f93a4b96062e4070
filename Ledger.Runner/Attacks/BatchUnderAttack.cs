using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>One round of one attack, as far as its batches need to know.</summary>
/// <param name="Attack">Name recorded as what broke an example.</param>
/// <param name="Number">From 0.</param>
/// <param name="Steps">Of the attack; 0 where none are late.</param>
internal sealed record AttackRound(string Attack, int Number, int Steps, Keeping Keeps, ulong Seed);

/// <summary>
/// Examples under attack as one batch of the fixed shape [<see cref="AttackEvaluation.BatchSize"/>, channels, height, width], filled up with
/// black images: a matrix product may round differently in another shape, so a batch of another size would give an example other bits.
/// All passes through the network and all points worth keeping go through here, where they are counted and judged.
/// Rows beyond the examples take part in the arithmetic and in nothing else. Lives within its caller's dispose scope.
/// </summary>
public sealed class BatchUnderAttack
{
    private readonly AttackRound _round;
    private readonly CancellationToken _stop;
    private bool _gradientsNoted;

    /// <param name="pixels">[BatchSize, …], float32 in [0, 1].</param>
    /// <param name="kept">The points kept so far, shaped alike; changed in place.</param>
    internal BatchUnderAttack(
        AttackedNetwork network, AttackRound round, IReadOnlyList<AttackedExample> examples, Tensor pixels, Tensor kept, CancellationToken stop)
    {
        (Network, _round, Examples, Pixels, Kept, _stop) = (network, round, examples, pixels, kept, stop);
        Labels = tensor([.. examples.Select(example => example.Label), .. Enumerable.Repeat(0L, AttackEvaluation.BatchSize - examples.Count)]);
    }

    public AttackedNetwork Network { get; }

    /// <summary>One for each of the first rows.</summary>
    public IReadOnlyList<AttackedExample> Examples { get; }

    /// <summary>The unperturbed images, [BatchSize, channels, height, width].</summary>
    public Tensor Pixels { get; }

    /// <summary>[BatchSize], int64; 0 in the rows without example.</summary>
    public Tensor Labels { get; }

    /// <summary>The points kept, shaped as the pixels.</summary>
    public Tensor Kept { get; }

    /// <summary>Whether there is still something to gain; an attack may go on regardless, to no effect.</summary>
    public bool Goes => Examples.Any(IsActive);

    /// <summary>Random numbers of each example for this round. The same in every attack of a step.</summary>
    public IReadOnlyList<ExampleNoise> Noise => [.. Examples.Select(example => new ExampleNoise(_round.Seed, 0, (uint)example.Index, (uint)_round.Number))];

    /// <summary>Logits without gradient: one forward evaluation of every example still sought.</summary>
    /// <param name="rows">[BatchSize]: those it is for; null: all.</param>
    public Tensor Logits(Tensor points, IReadOnlyList<bool>? rows = null)
    {
        _stop.ThrowIfCancellationRequested();
        foreach (var example in Sought(rows))
            example.Forwards++;
        return Network.Logits(points);
    }

    /// <summary>A loss and its gradient by the pixels: one gradient evaluation of every example still sought.</summary>
    /// <param name="loss">Logits → one loss a row.</param>
    public LossGradient Gradient(Tensor points, Func<Tensor, Tensor> loss)
    {
        _stop.ThrowIfCancellationRequested();
        foreach (var example in Examples.Where(IsActive))
            example.Gradients++;
        var found = GradientOf(Network.Forward, points, loss);
        NoteFirst(found.Pixels);
        return found;
    }

    /// <summary>Counts passes that an attack makes by itself, such as one backward pass for each of several classes.</summary>
    public void Charge(int gradients, int forwards)
    {
        _stop.ThrowIfCancellationRequested();
        foreach (var example in Examples.Where(IsActive))
            (example.Gradients, example.Forwards) = (example.Gradients + gradients, example.Forwards + forwards);
    }

    /// <summary>
    /// How far other classes are from overtaking each row's own, with gradients: one gradient evaluation for each other class of every example
    /// still sought.
    /// </summary>
    /// <param name="own">[BatchSize], int64.</param>
    /// <param name="others">[BatchSize, k], int64.</param>
    /// <param name="rows">[BatchSize]: those it is for; null: all.</param>
    public LogitDifferences Differences(Tensor points, Tensor own, Tensor others, IReadOnlyList<bool>? rows = null)
    {
        _stop.ThrowIfCancellationRequested();
        foreach (var example in Sought(rows))
            example.Gradients += (int)others.shape[1];
        var found = LogitDifferences.Of(Network.Forward, points, own, others);
        NoteFirst(found.Gradients);
        return found;
    }

    /// <summary>
    /// Judges points that were reached, and keeps them where they are what the attack seeks. Pixels outside the threat are never to be
    /// shown, but by an attack that <see cref="Keeping.Closest">seeks the closest</see>.
    /// </summary>
    /// <param name="step">Steps taken to get there; 0 is the starting point.</param>
    public void See(Tensor points, Tensor logits, int step)
    {
        var readings = AttackEvaluation.Read(logits, [.. Examples.Select(example => example.Label)]);
        var lengths = _round.Keeps == Keeping.Closest ? Lengths(points) : [];
        var late = _round.Steps > 0 && step > _round.Steps * Suspicions.Late;
        var rows = new List<long>();
        for (var row = 0; row < readings.Length; row++)
        {
            var seen = new SeenPoint(readings[row], _round.Attack, _round.Number, step, late, lengths.Length == 0 ? 0 : lengths[row]);
            if (Examples[row].Sees(seen, _round.Keeps, Longest))
                rows.Add(row);
        }
        if (rows.Count == 0)
            return;
        using var scope = NewDisposeScope();
        var chosen = tensor(rows.ToArray());
        Kept.index_copy_(0, chosen, points.index_select(0, chosen));
    }

    /// <summary>Length of each example's perturbation in the threat's norm and space.</summary>
    public double[] Lengths(Tensor points)
    {
        using var scope = NewDisposeScope();
        return Network.Ball.Length(Network.Space.Difference(Pixels, points)).data<double>().ToArray()[..Examples.Count];
    }

    /// <summary>The longest perturbation that counts as within ε.</summary>
    public double Longest => Network.Space.Longest(Network.Ball, Pixels.numel() / Pixels.shape[0]);

    /// <summary>The same images before another network, each sought to the end whatever it says of them.</summary>
    internal BatchUnderAttack Before(AttackedNetwork other, Keeping keeping, IReadOnlyList<AttackedExample> examples) =>
        new(other, _round with { Keeps = keeping }, examples, Pixels, Pixels.clone(), _stop);

    internal static LossGradient GradientOf(Func<Tensor, Tensor> network, Tensor points, Func<Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var at = points.detach().requires_grad_(true);
        var logits = network(at);
        var losses = loss(logits);
        var gradient = autograd.grad([losses.sum()], [at])[0];
        return new LossGradient(
            logits.detach().MoveToOuterDisposeScope(), losses.detach().MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }

    private IEnumerable<AttackedExample> Sought(IReadOnlyList<bool>? rows) =>
        Examples.Where((example, row) => IsActive(example) && (rows is null || rows[row]));

    private bool IsActive(AttackedExample example) => _round.Keeps != Keeping.FirstBroken || example.Standing;

    private void NoteFirst(Tensor gradient)
    {
        if (_round.Number > 0 || _gradientsNoted)
            return;
        _gradientsNoted = true;
        using var scope = NewDisposeScope();
        var largest = gradient.abs().flatten(1).amax([1]).data<float>().ToArray();
        foreach (var (row, example) in Examples.Index())
        {
            example.ZeroGradient |= largest[row] == 0;
            example.NonFiniteGradient |= !float.IsFinite(largest[row]);
        }
    }
}
