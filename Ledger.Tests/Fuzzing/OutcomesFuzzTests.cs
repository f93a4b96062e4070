using CsCheck;
using Ledger.Domain.Metrics;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class OutcomesFuzzTests
{
    [Fact]
    public async Task A_file_of_outcomes_is_read_or_refused()
    {
        Outcome stood = new(3, 7, 7, 7, true, false, 0.1, 1.5, 2.25, 0.01, null, null, 21, null), fell = new(5, 1, 1, 4, true, true, 0.09, 1.25, 1, -0.0, 3, "pgd", 4, 0, 0.5);
        byte[][] samples = [await Outcomes.WriteAsync([stood, fell]), await Outcomes.WriteAsync([]), await Outcomes.WriteAsync([.. Enumerable.Range(0, 40).Select(i => stood with { ExampleIndex = i })])];
        await Fuzz.Reader(Gen.OneOf(Mutations.Of(samples), InFooter(samples)), few: 500, bytes => Outcomes.ReadAsync(new MemoryStream(bytes)).GetAwaiter().GetResult(), refusal => refusal is CorruptOutcomes);
    }

    /// <summary>A list of two thousand million truth values takes five bytes, and a library as long as it likes.</summary>
    [Fact]
    public async Task A_list_longer_than_the_file_is_refused_soon()
    {
        byte[] footer = [0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07, 0];

        await Should.ThrowAsync<CorruptOutcomes>(() => Outcomes.ReadAsync(new MemoryStream([.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8])));
    }

    [Fact]
    public async Task Thousands_of_outcomes_come_back()
    {
        string?[] names = ["pgd", "fab", null, "square", ""];
        Outcome[] many = [.. Enumerable.Range(0, 5000).Select(i => new Outcome(i, i % 10, i % 7, i % 3 == 0 ? null : 4, i % 100 < 60, i % 5 == 0, i % 7 == 0 ? null : i / 3.0, i % 900 < 400 ? 1.5 : null, -i, null, i % 4, names[i % 5], i, i % 2, i % 64 < 32 ? 0.25 : null))];

        (await Outcomes.ReadAsync(new MemoryStream(await Outcomes.WriteAsync(many)))).ShouldBe(many);
    }

    /// <summary>Only the metadata at the end altered, with the length behind it that it has.</summary>
    private static Gen<byte[]> InFooter(byte[][] samples) => Gen.OneOf([.. samples.Select(sample =>
    {
        int start = sample.Length - 8 - BitConverter.ToInt32(sample, sample.Length - 8);
        return Mutations.Of([sample[start..^8]]).Select(footer => (byte[])[.. sample[..start], .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8]);
    })]);
}
