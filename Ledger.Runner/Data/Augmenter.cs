using System.Runtime.InteropServices;
using Ledger.Domain.Experiments;
using Ledger.Runner.Attacks;
using Ledger.Runner.Steps;
using static TorchSharp.torch;

namespace Ledger.Runner.Data;

/// <summary>
/// Random crops and flips of training images. What happens to an example is a pure function of the seed, the epoch and the example's index
/// in its split, so that it does not depend on the batch it stands in.
/// </summary>
/// <param name="Seed">Of the purpose <c>augment</c>.</param>
public sealed record Augmenter(Augmentation Spec, ulong Seed)
{
    /// <summary>For a training that augments; null for one that does not.</summary>
    /// <param name="number">Tells trainings of one step apart.</param>
    public static Augmenter? Of(TrainSpec spec, IReadOnlyDictionary<string, ulong> seeds, int number = 0) =>
        spec.Augment is { } augmentation ? new Augmenter(augmentation, seeds[SeedPurposes.Augment] + (ulong)number) : null;

    /// <summary>How one example is changed: moved by so many rows and columns (black comes in), then mirrored or not.</summary>
    public readonly record struct Change(int Down, int Right, bool Mirrored);

    /// <param name="epoch">From 0.</param>
    public Change Of(int epoch, long index)
    {
        var (a, b, c, _) = Philox.Block(0, (uint)index, 0, (uint)epoch, Seed);
        var pad = Spec.PadCrop ?? 0;
        return new Change(Place(a, pad), Place(b, pad), Spec.Flip == true && c >> 31 == 1);
    }

    /// <summary>The same examples with their pixels moved; labels and indices as they were.</summary>
    public Batch Apply(Batch batch, int epoch)
    {
        var result = empty_like(batch.Pixels);
        ReadOnlySpan<float> from = MemoryMarshal.Cast<byte, float>(batch.Pixels.bytes);
        var to = MemoryMarshal.Cast<byte, float>(result.bytes);
        var (channels, height, width) = ((int)batch.Pixels.shape[1], (int)batch.Pixels.shape[2], (int)batch.Pixels.shape[3]);
        var plane = height * width;
        for (var row = 0; row < batch.Indices.Length; row++)
        {
            var change = Of(epoch, batch.Indices[row]);
            for (var channel = 0; channel < channels; channel++)
            {
                var at = ((row * channels) + channel) * plane;
                Move(from.Slice(at, plane), to.Slice(at, plane), height, width, change);
            }
        }

        return batch with { Pixels = result };
    }

    /// <summary>Uniform on −pad … pad: the high word of bits · (2·pad + 1), which favours no place by more than 2^-25.</summary>
    private static int Place(uint bits, int pad) => (int)(((ulong)bits * (ulong)((2 * pad) + 1)) >> 32) - pad;

    private static void Move(ReadOnlySpan<float> from, Span<float> to, int height, int width, Change change)
    {
        var kept = Math.Max(0, width - Math.Abs(change.Right));
        for (var y = 0; y < height; y++)
        {
            var line = to.Slice(y * width, width);
            line.Clear();
            var source = y - change.Down;
            if (source < 0 || source >= height || kept == 0)
                continue;
            from.Slice((source * width) + Math.Max(0, -change.Right), kept).CopyTo(line[Math.Max(0, change.Right)..]);
            if (change.Mirrored)
                line.Reverse();
        }
    }
}
