using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Runner.Compression;

namespace Ledger.Runner.Data;

/// <summary>
/// Which examples of a split a specification means: what is held out or what that leaves, of it a part drawn by lot, of that the first
/// ones. In the order of the split, and a function of the specification and the size of the split alone.
/// </summary>
internal static class Selection
{
    /// <param name="count">Examples of the split.</param>
    /// <returns>Indices, ascending.</returns>
    /// <exception cref="BadInput">Sizes that are not from 1, or more than there are.</exception>
    public static int[] Of(ExamplesSpec spec, int count)
    {
        if (spec.First < 1 || spec.HoldOut?.Count < 1 || spec.Random?.Count < 1 || (spec.Held && spec.HoldOut is null))
            throw new BadInput(new Problem($"first {spec.First}, {spec.HoldOut?.Count} held out, {spec.Random?.Count} by lot", "counts from 1, and held-out examples only where some are held out", Path: Where(spec)));
        var chosen = AfterHoldOut(spec, count);
        if (spec.Random is { } random)
        {
            var drawn = Drawn(random, chosen.Length);
            if (drawn.Length == 0 || random.Count > chosen.Length)
                throw TooFew(spec, chosen.Length, $"enough to draw {random.Count ?? 1}");
            chosen = [.. drawn.Select(place => chosen[place])];
        }

        if (spec.First > chosen.Length)
            throw TooFew(spec, chosen.Length, $"at least {spec.First}");
        return spec.First is { } first ? chosen[..first] : chosen;
    }

    private static int[] AfterHoldOut(ExamplesSpec spec, int count)
    {
        if (spec.HoldOut is not { } holdOut)
            return [.. Enumerable.Range(0, count)];
        var size = SizeOf(holdOut, count);
        if (size == 0 || size >= count)
            throw TooFew(spec, count, size == 0 ? "enough for one to be held out" : $"more than {size}, of which {size} are held out");
        var held = Drawn(holdOut, count);
        return spec.Held ? held : [.. Enumerable.Range(0, count).Except(held)];
    }

    private static int[] Drawn(SeededPart part, int count) => [.. Permutation.Of(count, part.Seed).Take(SizeOf(part, count)).Order()];

    private static int SizeOf(SeededPart part, int count) => part.Count ?? Share.Of(part.Fraction!.Value, count);

    private static BadInput TooFew(ExamplesSpec spec, int found, string expected) =>
        new(new Problem($"{found} examples", expected, Path: Where(spec)));

    private static string Where(ExamplesSpec spec) => $"{spec.Source}.{spec.Split}";
}
