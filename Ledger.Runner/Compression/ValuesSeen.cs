using System.Numerics;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Ledger.Runner.Compression;

/// <summary>What has to be remembered of the values at one place to say their range in the end. Values come as flat float32 tensors.</summary>
internal abstract class ValuesSeen : IDisposable
{
    public abstract void See(Tensor values);

    public abstract ActivationRange Range();

    public virtual void Dispose()
    {
    }

    protected static ActivationRange WithZero(float low, float high) => new(Math.Min(0, low), Math.Max(0, high));
}

/// <summary>Minimum and maximum.</summary>
internal sealed class ExtremesSeen : ValuesSeen
{
    private float low, high;

    public override void See(Tensor values) => (low, high) = (Math.Min(low, values.min().item<float>()), Math.Max(high, values.max().item<float>()));

    public override ActivationRange Range() => WithZero(low, high);
}

/// <summary>The (cut + 1)-th smallest and largest value: exact order statistics, of which only the tails are kept.</summary>
internal sealed class TailsSeen(long cut) : ValuesSeen
{
    private Tensor? smallest, largest;

    /// <summary>⌊n·(100 − p)/200⌋ in exact arithmetic.</summary>
    public static long Cut(Percentile percentile, long n)
    {
        var (top, bottom) = (percentile.Percent.Numerator, percentile.Percent.Denominator);
        return (long)BigInteger.Divide(((100 * bottom) - top) * n, 200 * bottom);
    }

    public override void See(Tensor values)
    {
        smallest = Tail(smallest, values, largest: false);
        largest = Tail(largest, values, largest: true);
    }

    public override ActivationRange Range() => WithZero(smallest!.max().item<float>(), largest!.min().item<float>());

    public override void Dispose()
    {
        smallest?.Dispose();
        largest?.Dispose();
        base.Dispose();
    }

    private Tensor Tail(Tensor? kept, Tensor values, bool largest)
    {
        using var before = kept;
        var all = kept is null ? values : cat([kept, values]);
        return all.topk((int)Math.Min(cut + 1, all.shape[0]), 0, largest, sorted: false).values.DetachFromDisposeScope();
    }
}

/// <summary>The sum of squared errors of every candidate range.</summary>
internal sealed class ErrorsSeen : ValuesSeen
{
    private readonly ActivationRange[] candidates;
    private readonly Levels[] levels;
    private readonly double[] errors;

    /// <param name="widest">Minimum and maximum of the values; candidate i of n is i/n of it.</param>
    public ErrorsSeen(ActivationRange widest, int grid, Func<ActivationRange, Levels> quantization)
    {
        candidates = [.. Enumerable.Range(1, grid).Select(i => new ActivationRange((float)(widest.Low * (double)i / grid), (float)(widest.High * (double)i / grid)))];
        levels = [.. candidates.Select(quantization)];
        errors = new double[grid];
    }

    public override void See(Tensor values)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            using var scope = NewDisposeScope();
            using Scalar scale = levels[i].Scale, zero = levels[i].ZeroPoint, low = levels[i].Low, high = levels[i].High;
            var rounded = values.div(scale).round_().add_(zero, Numbers.One).clamp_(low, high).sub_(zero).mul_(scale);
            var error = rounded.sub_(values);
            errors[i] += error.mul_(error).sum(ScalarType.Float64).item<double>();
        }
    }

    /// <summary>The larger range of equal errors.</summary>
    public override ActivationRange Range() => candidates[Array.LastIndexOf(errors, errors.Min())];
}
