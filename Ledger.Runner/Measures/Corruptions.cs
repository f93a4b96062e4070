using Ledger.Domain.Evidence;
using Ledger.Runner.Attacks;

namespace Ledger.Runner.Measures;

/// <summary>One way of spoiling an image, in five severities.</summary>
/// <param name="Amounts">What <paramref name="Apply"/> takes, for severity 1 to 5.</param>
/// <param name="Apply">Image, amount and the example's random numbers → image.</param>
public sealed record Corruption(string Name, double[] Amounts, Func<Picture, double, ExampleNoise, Picture> Apply);

/// <summary>
/// Common corruptions after Hendrycks and Dietterich ("Benchmarking neural network robustness to common corruptions and
/// perturbations", ICLR 2019), as far as they can be defined exactly on small images of any number of channels. The amounts of the noises,
/// blur, brightness, contrast and pixelation are those of that paper's generator for CIFAR-10; the images are not CIFAR-10-C's all
/// the same: random numbers, pixelation's resampling and the absence of a rounding to bytes are our own, and rotation and translation are
/// not in it (after Engstrom et al., "Exploring the landscape of spatial robustness", ICML 2019, who seek the worst of them).
/// </summary>
/// <remarks>
/// A corrupted image is a function of the image, its index in the split, the corruption and the severity, and of no seed: every network
/// is shown the same ones, so that their outcomes can be paired.
/// </remarks>
public static class Corruptions
{
    private static readonly ulong Seed = new SeedTree(0).Of([], "ledger/corruptions/1").Value;

    /// <summary>The order is part of what a corrupted image is: new ones go to the end.</summary>
    public static IReadOnlyList<Corruption> All { get; } =
    [
        new("gaussian-noise", [0.04, 0.06, 0.08, 0.09, 0.10], PixelCorruptions.GaussianNoise),
        new("shot-noise", [500, 250, 100, 75, 50], PixelCorruptions.ShotNoise),
        new("impulse-noise", [0.01, 0.02, 0.03, 0.05, 0.07], PixelCorruptions.ImpulseNoise),
        new("speckle-noise", [0.06, 0.1, 0.12, 0.16, 0.2], PixelCorruptions.SpeckleNoise),
        new("gaussian-blur", [0.4, 0.6, 0.7, 0.8, 1], SpatialCorruptions.GaussianBlur),
        new("brightness", [0.05, 0.1, 0.15, 0.2, 0.3], PixelCorruptions.Brightness),
        new("contrast", [0.75, 0.5, 0.4, 0.3, 0.15], PixelCorruptions.Contrast),
        new("pixelate", [0.95, 0.9, 0.85, 0.75, 0.65], SpatialCorruptions.Pixelate),
        new("rotation", [5, 10, 15, 20, 30], SpatialCorruptions.Rotate),
        new("translation", [1, 2, 3, 4, 5], SpatialCorruptions.Translate),
    ];

    /// <param name="number">Place in <see cref="All"/>.</param>
    /// <param name="severity">1 to 5.</param>
    /// <param name="example">Index of the image in its split.</param>
    public static Picture Apply(int number, int severity, Picture image, long example) =>
        All[number].Apply(image, All[number].Amounts[severity - 1], new ExampleNoise(Seed, (uint)number, (uint)example, (uint)severity));
}
