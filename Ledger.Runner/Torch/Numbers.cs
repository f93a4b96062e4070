using TorchSharp;

namespace Ledger.Runner.Torch;

/// <summary>
/// Numbers handed to torch operations, held for good. TorchSharp 0.107 does not keep a <see cref="Scalar"/> alive while native code
/// reads it, so a temporary one, as in <c>x * 0.5</c>, can be freed by the garbage collector in the middle of the operation (seen: "Expected
/// false to be true" out of <c>addcdiv_</c>). <c>a + b</c> has one too, its alpha of 1. In code that runs often, a number is one of these, or stands in a <c>using Scalar</c>, whose
/// disposal afterwards keeps it alive.
/// </summary>
internal static class Numbers
{
    // A static constructor, so that libtorch is loaded before the first number and not at some earlier time of the runtime's choosing.
    static Numbers()
    {
        NativeLibraries.Load();
        Zero = 0.ToScalar();
        One = 1.ToScalar();
        Two = 2.ToScalar();
        Brightest = 255f.ToScalar();
    }

    public static Scalar Zero { get; }

    public static Scalar One { get; }

    public static Scalar Two { get; }

    /// <summary>The largest pixel value of an 8-bit image.</summary>
    public static Scalar Brightest { get; }
}
