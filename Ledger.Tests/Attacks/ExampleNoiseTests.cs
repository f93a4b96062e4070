using Ledger.Runner.Attacks;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Attacks;

public class ExampleNoiseTests
{
    // The known answers published with Random123 (kat_vectors, philox4x32 10).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0ul, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0x299f31d0a4093822ul, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_gives_the_published_numbers(uint a, uint b, uint c, uint d, ulong key, uint w, uint x, uint y, uint z) =>
        Philox.Block(a, b, c, d, key).ShouldBe((w, x, y, z));

    [Fact]
    public void Uniform_noise_is_pinned()
    {
        var values = new float[5];
        new ExampleNoise(Seed: 0, Draw: 0, Example: 0, Restart: 0).FillUniform(values);

        // 2·(0x6627e8d5 >> 8)/2^24 − 1 and so on, from the published block of zeros.
        values[0].ShouldBe((2 * (0x6627e8 / 16777216f)) - 1);
        values[3].ShouldBe((2 * (0x9b00db / 16777216f)) - 1);
        values.ShouldBe([-0.20190716f, 0.76104033f, 0.47142553f, 0.2109636f, 0.9444823f]);
    }

    [Fact]
    public void Seed_draw_example_and_restart_each_give_other_noise()
    {
        ExampleNoise[] noises = [new(1, 0, 0, 0), new(2, 0, 0, 0), new(1L << 40, 0, 0, 0), new(1, 1, 0, 0), new(1, 0, 1, 0), new(1, 0, 0, 1)];

        noises.Select(noise => noise.Scalar()).Distinct().Count().ShouldBe(noises.Length);
    }

    [Fact]
    public void A_shorter_image_gets_the_beginning_of_the_same_noise()
    {
        var noise = new ExampleNoise(3, 1, 4, 1);
        float[] five = new float[5], nine = new float[9];
        noise.FillNormal(five);
        noise.FillNormal(nine);

        five.ShouldBe(nine[..5]);
    }

    [Fact]
    public void Normal_noise_has_mean_zero_and_variance_one()
    {
        var values = new float[100_000];
        new ExampleNoise(11, 0, 0, 0).FillNormal(values);

        values.Average(value => (double)value).ShouldBe(0, 0.02);
        values.Average(value => (double)value * value).ShouldBe(1, 0.02);
        values.Count(value => Math.Abs(value) < 1).ShouldBeInRange(67_500, 69_000);
    }
}
