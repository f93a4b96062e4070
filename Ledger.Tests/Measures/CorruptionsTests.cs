using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Measures;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Measures;

public class CorruptionsTests : TorchTests
{
    private static readonly ExampleNoise Noise = new(1, 2, 3, 4);

    public static TheoryData<string> Names() => [.. Corruptions.All.Select(corruption => corruption.Name)];

    [Fact]
    public void Their_names_order_and_amounts_are_pinned() =>
        string.Join("; ", Corruptions.All.Select(corruption => $"{corruption.Name} {string.Join(" ", corruption.Amounts)}")).ShouldBe(
            "gaussian-noise 0.04 0.06 0.08 0.09 0.1; shot-noise 500 250 100 75 50; impulse-noise 0.01 0.02 0.03 0.05 0.07; "
            + "speckle-noise 0.06 0.1 0.12 0.16 0.2; gaussian-blur 0.4 0.6 0.7 0.8 1; brightness 0.05 0.1 0.15 0.2 0.3; "
            + "contrast 0.75 0.5 0.4 0.3 0.15; pixelate 0.95 0.9 0.85 0.75 0.65; rotation 5 10 15 20 30; translation 1 2 3 4 5");

    [Theory]
    [MemberData(nameof(Names))]
    public void An_image_is_spoilt_the_same_way_each_time_and_stays_within_range(string name)
    {
        var number = Number(name);
        var image = Random(3, 12, 9);

        for (var severity = 1; severity <= 5; severity++)
        {
            var spoilt = Corruptions.Apply(number, severity, image, example: 8);
            spoilt.Values.ShouldBe(Corruptions.Apply(number, severity, image, example: 8).Values);
            spoilt.Values.ShouldNotBe(image.Values);
            spoilt.Values.ShouldAllBe(value => value >= 0 && value <= 1);
        }
    }

    [Theory]
    [InlineData("gaussian-noise")]
    [InlineData("shot-noise")]
    [InlineData("impulse-noise")]
    [InlineData("speckle-noise")]
    public void Noise_differs_between_examples_and_severities(string name)
    {
        var image = Flat(0.5f, 1, 20, 20);

        Corruptions.Apply(Number(name), 5, image, 0).Values.ShouldNotBe(Corruptions.Apply(Number(name), 5, image, 1).Values);
        Corruptions.Apply(Number(name), 5, image, 0).Values.ShouldNotBe(Corruptions.Apply(Number(name), 4, image, 0).Values);
    }

    [Fact]
    public void Each_noise_has_the_spread_it_is_named_for()
    {
        var grey = Flat(0.4f, 1, 200, 200);

        Moments(PixelCorruptions.GaussianNoise(grey, 0.08, Noise)).ShouldBe((0.4, 0.08), Tolerance);
        Moments(PixelCorruptions.SpeckleNoise(grey, 0.2, Noise)).ShouldBe((0.4, 0.08), Tolerance);
        Moments(PixelCorruptions.ShotNoise(grey, 50, Noise)).ShouldBe((0.4, Math.Sqrt(0.4 / 50)), Tolerance);
        var impulses = PixelCorruptions.ImpulseNoise(grey, 0.07, Noise).Values;
        ((double)impulses.Count(value => value == 0) / impulses.Length).ShouldBe(0.035, 0.004);
        ((double)impulses.Count(value => value == 1) / impulses.Length).ShouldBe(0.035, 0.004);
        impulses.Count(value => value == 0.4f).ShouldBe(impulses.Count(value => value is not (0 or 1)));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(7)]
    [InlineData(500)]
    public void Counts_are_Poissons_by_inversion(double mean)
    {
        // The number of u in a fine grid that give k is k's probability.
        const int Grid = 1 << 16;
        var counts = Enumerable.Range(0, Grid).Select(i => PixelCorruptions.Poisson(mean, (i + 0.5) / Grid)).CountBy(k => k).ToDictionary();

        var most = (int)(mean + (6 * Math.Sqrt(mean)) + 6);
        for (int k = 0; k <= most; k++)
            (counts.GetValueOrDefault(k) / (double)Grid).ShouldBe(Math.Exp((k * Math.Log(mean)) - mean - LogFactorial(k)), 2.0 / Grid);
        PixelCorruptions.Poisson(0, 0.999).ShouldBe(0);
    }

    [Fact]
    public void Blur_spreads_a_point_by_the_product_of_two_Gaussians()
    {
        var blurred = SpatialCorruptions.GaussianBlur(Point(1, 11, 11, 5, 5), 1, Noise);

        var sum = Enumerable.Range(-4, 9).Sum(x => Math.Exp(-x * x / 2.0));
        blurred[0, 5, 5].ShouldBe((float)(1 / sum / sum), 1e-6f);
        blurred[0, 3, 6].ShouldBe((float)(Math.Exp(-2.5) / sum / sum), 1e-6f);
        blurred[0, 0, 5].ShouldBe(0);
        blurred.Values.Sum().ShouldBe(1, 1e-5f);
    }

    [Fact]
    public void Blur_and_pixelation_leave_an_even_image()
    {
        var even = Flat(0.3f, 2, 9, 7);

        SpatialCorruptions.GaussianBlur(even, 0.7, Noise).Values.ShouldAllBe(value => Math.Abs(value - 0.3f) < 1e-6f);
        SpatialCorruptions.Pixelate(even, 0.65, Noise).Values.ShouldAllBe(value => Math.Abs(value - 0.3f) < 1e-6f);
    }

    [Fact]
    public void Half_as_many_pixels_are_averages_of_four()
    {
        float[] values = [0, 0.2f, 1, 1, 0.4f, 0.6f, 1, 1, 0.5f, 0.5f, 0, 0, 0.5f, 0.5f, 0, 0.4f];

        Rounded(SpatialCorruptions.Pixelate(new Picture(values, 1, 4, 4), 0.5, Noise)).ShouldBe(
            [0.3, 0.3, 1, 1, 0.3, 0.3, 1, 1, 0.5, 0.5, 0.1, 0.1, 0.5, 0.5, 0.1, 0.1]);
    }

    [Fact]
    public void Brightness_adds_to_grey_and_keeps_a_colours_proportions()
    {
        Rounded(PixelCorruptions.Brightness(new Picture([0, 0.5f, 0.9f], 1, 1, 3), 0.2, Noise)).ShouldBe([0.2, 0.7, 1]);
        Rounded(PixelCorruptions.Brightness(new Picture([0.4f, 0.2f, 0.1f], 3, 1, 1), 0.2, Noise)).ShouldBe([0.6, 0.3, 0.15]);
    }

    [Fact]
    public void Contrast_shrinks_differences_from_each_channels_mean() =>
        Rounded(PixelCorruptions.Contrast(new Picture([0.2f, 0.6f, 1, 1], 2, 1, 2), 0.5, Noise)).ShouldBe([0.3, 0.5, 1, 1]);

    [Fact]
    public void A_quarter_turn_and_no_turn_are_exact()
    {
        var image = new Picture([0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f], 1, 3, 3);
        double[] left = [0.3, 0.6, 0.9, 0.2, 0.5, 0.8, 0.1, 0.4, 0.7], right = [0.7, 0.4, 0.1, 0.8, 0.5, 0.2, 0.9, 0.6, 0.3];

        Rounded(SpatialCorruptions.Rotate(image, 0, Noise)).ShouldBe(Rounded(image));
        var turns = Enumerable.Range(0, 20).Select(i => Rounded(SpatialCorruptions.Rotate(image, 90, new ExampleNoise(1, 0, (uint)i, 0)))).ToList();
        turns.ShouldAllBe(turn => turn.SequenceEqual(left) || turn.SequenceEqual(right));
        turns.Select(turn => turn[0]).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void Moving_goes_in_all_eight_directions_and_brings_in_black()
    {
        var places = Enumerable.Range(0, 100)
            .Select(i => SpatialCorruptions.Translate(Point(1, 5, 5, 2, 2), 2, new ExampleNoise(1, 0, (uint)i, 0)).Values)
            .Select(values => (values.Sum(), Place: Array.IndexOf(values, 1f))).Distinct().OrderBy(p => p.Place);

        places.ShouldBe([(1f, 0), (1f, 2), (1f, 4), (1f, 10), (1f, 14), (1f, 20), (1f, 22), (1f, 24)]);
    }

    [Fact]
    public void A_measurement_has_a_figure_for_each_and_their_mean_and_fits_an_event()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();
        var data = Examples.Read(StepSituation.Sample, StepSituation.Test(30));

        var measured = MeasureStep.Run(situation.Task(new MeasureSpec(["corruptions"], StepSituation.Test(30)), network), TestContext.Current.CancellationToken).Completion;

        measured.Metrics.Count.ShouldBe(51);
        measured.Metrics.SkipLast(1).ShouldAllBe(metric => metric.Name == "corruption_accuracy" && metric.Unit == "fraction" && metric.Class == MetricClass.Computed);
        measured.Metrics[^1].Name.ShouldBe("corruption_accuracy_mean");
        measured.Metrics[^1].Value!.Value.ShouldBe(measured.Metrics.SkipLast(1).Average(metric => metric.Value!.Value), 1e-12);
        var expected = Enumerable.Range(0, 30).Count(row =>
        {
            float[] values = [.. data.Pixels.Skip(row * 784).Take(784).Select(value => value / 255f)];
            var spoilt = Corruptions.Apply(Number("rotation"), 5, new Picture(values, 1, 28, 28), data.Indices[row]);
            return network.Forward(tensor(spoilt.Values, [1, 1, 28, 28])).argmax(1).item<long>() == data.Labels[row];
        });
        measured.Metrics.Single(metric => metric.Layer == "rotation/5").Value.ShouldBe(expected / 30.0);
        System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(measured, Ledger.Domain.Evidence.LedgerJson.Options).Length.ShouldBeLessThan(7000);
    }

    private static readonly IEqualityComparer<(double Mean, double Deviation)> Tolerance = EqualityComparer<(double Mean, double Deviation)>.Create(
        (a, b) => Math.Abs(a.Mean - b.Mean) < 2e-3 && Math.Abs(a.Deviation - b.Deviation) < 2e-3);

    private static int Number(string name) => Corruptions.All.Index().Single(one => one.Item.Name == name).Index;

    private static Picture Flat(float value, int channels, int height, int width) =>
        new([.. Enumerable.Repeat(value, channels * height * width)], channels, height, width);

    private static Picture Point(int channels, int height, int width, int row, int column)
    {
        var image = Flat(0, channels, height, width);
        image.Values[(row * width) + column] = 1;
        return image;
    }

    private static Picture Random(int channels, int height, int width)
    {
        var random = new Random(1);
        return new Picture([.. Enumerable.Range(0, channels * height * width).Select(_ => random.NextSingle())], channels, height, width);
    }

    private static double[] Rounded(Picture image) => [.. image.Values.Select(value => Math.Round(value, 5))];

    private static (double Mean, double Deviation) Moments(Picture image)
    {
        var mean = image.Values.Average(value => (double)value);
        return (mean, Math.Sqrt(image.Values.Average(value => (value - mean) * (value - mean))));
    }

    private static double LogFactorial(int k) => Enumerable.Range(1, k).Sum(i => Math.Log(i));
}
