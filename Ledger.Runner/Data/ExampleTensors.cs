using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Data;

/// <summary>
/// Examples as two tensors, pixels as unsigned bytes (a quarter of the memory of floats) and labels as int64. Batches are gathered by
/// <c>index_select</c> and become float32 in [0, 1].
/// </summary>
public sealed class ExampleTensors : IDisposable
{
    private readonly Tensor pixels;
    private readonly Tensor labels;
    private readonly int[] indices;
    private readonly Augmenter? augmenter;

    /// <param name="augmenter">Changes the examples of an epoch; null: they are as they are.</param>
    public ExampleTensors(Examples examples, Augmenter? augmenter = null)
    {
        this.augmenter = augmenter;
        using var scope = NewDisposeScope();
        long[] shape = [examples.Count, .. examples.Shape.Select(size => (long)size)];
        pixels = tensor(examples.Pixels, ScalarType.Byte).reshape(shape).DetachFromDisposeScope();
        labels = tensor(examples.Labels, ScalarType.Byte).to_type(ScalarType.Int64).DetachFromDisposeScope();
        indices = examples.Indices;
    }

    public int Count => indices.Length;

    /// <summary>The rows named by an int64 tensor, in its order.</summary>
    public Batch Rows(Tensor rows)
    {
        var floats = pixels.index_select(0, rows).to_type(ScalarType.Float32).div_(Numbers.Brightest);
        return new Batch(floats, labels.index_select(0, rows), [.. rows.data<long>().Select(row => (long)indices[row])]);
    }

    /// <summary>The rows as they are trained on in this epoch, counted from 0.</summary>
    public Batch Rows(Tensor rows, int epoch) => augmenter?.Apply(Rows(rows), epoch) ?? Rows(rows);

    /// <summary>Rows <paramref name="from"/> to <paramref name="to"/> (excluded).</summary>
    public Batch Rows(int from, int to) => Rows(tensor([.. Enumerable.Range(from, to - from).Select(row => (long)row)]));

    public void Dispose()
    {
        pixels.Dispose();
        labels.Dispose();
    }
}

/// <param name="Pixels">[n, channels, height, width], float32 in [0, 1].</param>
/// <param name="Labels">[n], int64.</param>
/// <param name="Indices">Index of each row in its split.</param>
public sealed record Batch(Tensor Pixels, Tensor Labels, long[] Indices);
