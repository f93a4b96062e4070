using Ledger.Runner.Attacks;

namespace Ledger.Runner.Measures;

/// <summary>Corruptions that change each pixel where it stands; x is a value in [0, 1], and results are cut to [0, 1].</summary>
internal static class PixelCorruptions
{
    /// <summary>x + amount · N(0, 1), independently.</summary>
    public static Picture GaussianNoise(Picture image, double amount, ExampleNoise noise) => Normal(image, noise, (x, n) => x + (amount * n));

    /// <summary>x + amount · x · N(0, 1).</summary>
    public static Picture SpeckleNoise(Picture image, double amount, ExampleNoise noise) => Normal(image, noise, (x, n) => x + (amount * x * n));

    /// <summary>Poisson(amount · x) / amount: light of so many photons at white.</summary>
    public static Picture ShotNoise(Picture image, double amount, ExampleNoise noise) => Uniform(image, noise, (x, u) => Poisson(amount * x, u) / amount);

    /// <summary>A value is black with probability amount / 2, white with the same.</summary>
    public static Picture ImpulseNoise(Picture image, double amount, ExampleNoise noise) =>
        Uniform(image, noise, (x, u) => u < amount / 2 ? 0 : u < amount ? 1 : x);

    /// <summary>
    /// The value of HSV, the largest channel, rises by amount, hue and saturation staying: channels keep their proportions. On grey, x + amount.
    /// </summary>
    public static Picture Brightness(Picture image, double amount, ExampleNoise noise) => image.Map((channel, row, column) =>
    {
        var largest = Enumerable.Range(0, image.Channels).Max(c => (double)image[c, row, column]);
        var raised = Math.Min(largest + amount, 1);
        return largest == 0 ? raised : image[channel, row, column] / largest * raised;
    });

    /// <summary>(x − mean) · amount + mean, with each channel's mean over the image.</summary>
    public static Picture Contrast(Picture image, double amount, ExampleNoise noise)
    {
        double[] means = [.. image.Values.Chunk(image.Size).Select(plane => plane.Average(value => (double)value))];
        return image.Map((channel, row, column) => ((image[channel, row, column] - means[channel]) * amount) + means[channel]);
    }

    /// <summary>The smallest k whose distribution function is above u: inversion, with u in [0, 1) in steps of 2^-24.</summary>
    /// <param name="mean">At most 700, so that e^−mean is a normal number.</param>
    internal static int Poisson(double mean, double u)
    {
        var (count, probability) = (0, Math.Exp(-mean));
        var below = probability;
        // The sum may round to less than the largest u; no count is that far out.
        var most = (10 * mean) + 100;
        while (u >= below && count < most)
        {
            probability *= mean / ++count;
            below += probability;
        }
        return count;
    }

    private static Picture Normal(Picture image, ExampleNoise noise, Func<double, double, double> value)
    {
        var drawn = new float[image.Values.Length];
        noise.FillNormal(drawn);
        return Each(image, drawn, value);
    }

    private static Picture Uniform(Picture image, ExampleNoise noise, Func<double, double, double> value)
    {
        var drawn = new float[image.Values.Length];
        noise.FillUniform(drawn);
        return Each(image, drawn, (x, symmetric) => value(x, (symmetric + 1) / 2));
    }

    private static Picture Each(Picture image, float[] drawn, Func<double, double, double> value) =>
        image with { Values = [.. image.Values.Zip(drawn, (x, n) => (float)Math.Clamp(value(x, n), 0, 1))] };
}
