using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;

namespace Ledger.Domain.Replays;

/// <summary>How far two lists of named tensors are apart.</summary>
/// <param name="First">Name of the first that differs, in the order of names; null when none does.</param>
/// <param name="MaxAbs">Largest |a − b| over all elements; null where one is not finite and the other is another value, or shapes or types differ.</param>
/// <param name="MaxUlp">Largest distance in units in the last place over float32 elements; null like <paramref name="MaxAbs"/>, or when others than float32 differ.</param>
public sealed record TensorDifference(string? First, double? MaxAbs, long? MaxUlp)
{
    public static TensorDifference Between(IReadOnlyList<NamedTensor> mine, IReadOnlyList<NamedTensor> theirs)
    {
        var others = theirs.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var parts = mine.Where(tensor => !others.TryGetValue(tensor.Name, out var other) || !Same(tensor, other))
            .OrderBy(tensor => tensor.Name, StringComparer.Ordinal)
            .Select(tensor => others.TryGetValue(tensor.Name, out var other) ? Of(tensor, other) : new Part(tensor.Name, null, null)).ToList();
        if (theirs.FirstOrDefault(tensor => mine.All(own => own.Name != tensor.Name)) is { } added)
            parts.Add(new Part(added.Name, null, null));
        return parts.Count == 0
            ? new TensorDifference(null, 0, 0)
            : new TensorDifference(parts[0].Name, Largest(parts.Select(part => part.Abs)), Largest(parts.Select(part => part.Ulp)));
    }

    /// <summary>Steps from one float32 to the next between the two; 0 for equal values, so also for 0 and -0. Neither may be NaN.</summary>
    public static long Ulps(float a, float b) => Math.Abs(Ordered(a) - Ordered(b));

    private static long Ordered(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        return bits >= 0 ? bits : int.MinValue - (long)bits;
    }

    private static bool Same(NamedTensor a, NamedTensor b) =>
        a.Type == b.Type && a.Shape.AsSpan().SequenceEqual(b.Shape) && a.Data.Span.SequenceEqual(b.Data.Span);

    private static Part Of(NamedTensor a, NamedTensor b)
    {
        if (a.Type != b.Type || !a.Shape.AsSpan().SequenceEqual(b.Shape))
            return new Part(a.Name, null, null);
        return a.Type switch
        {
            TensorType.F32 => Of(a.Name, MemoryMarshal.Cast<byte, float>(a.Data.Span), MemoryMarshal.Cast<byte, float>(b.Data.Span)),
            TensorType.I8 => new Part(a.Name, Of<sbyte>(a, b), null),
            TensorType.I16 => new Part(a.Name, Of<short>(a, b), null),
            TensorType.I64 => new Part(a.Name, Of<long>(a, b), null),
            TensorType.U8 => new Part(a.Name, Of<byte>(a, b), null),
            _ => new Part(a.Name, null, null),
        };
    }

    private static Part Of(string name, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (abs, ulp) = (0.0, 0L);
        for (var i = 0; i < a.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(a[i]) == BitConverter.SingleToInt32Bits(b[i]))
                continue;
            if (!float.IsFinite(a[i]) || !float.IsFinite(b[i]))
                return new Part(name, null, null);
            abs = Math.Max(abs, Math.Abs((double)a[i] - b[i]));
            ulp = Math.Max(ulp, Ulps(a[i], b[i]));
        }

        return new Part(name, abs, ulp);
    }

    private static double Of<T>(NamedTensor a, NamedTensor b)
        where T : struct, System.Numerics.INumber<T>
    {
        var mine = MemoryMarshal.Cast<byte, T>(a.Data.Span);
        var theirs = MemoryMarshal.Cast<byte, T>(b.Data.Span);
        var largest = 0.0;
        for (var i = 0; i < mine.Length; i++)
            largest = Math.Max(largest, Math.Abs(double.CreateChecked(mine[i]) - double.CreateChecked(theirs[i])));
        return largest;
    }

    /// <summary>Null as soon as one is.</summary>
    private static T? Largest<T>(IEnumerable<T?> values)
        where T : struct
    {
        var all = values.ToList();
        return all.Contains(null) ? null : all.Max();
    }

    private sealed record Part(string Name, double? Abs, long? Ulp);
}
