namespace Ledger.Domain.Experiments;

/// <summary>Which examples of a data set, in a fixed order. Depends on <c>data.seed</c> at most, never on the run's seed.</summary>
/// <param name="Source">Name in the data catalog, or a folder.</param>
/// <param name="Split"><c>train</c> or <c>test</c>.</param>
/// <param name="First">The first n of the split (after <paramref name="HoldOut"/>); null: all.</param>
/// <param name="HoldOut">A seeded part of the split set aside as validation examples; null: none.</param>
/// <param name="Held">True: these are the examples held out; false: the others.</param>
public sealed record ExamplesSpec(string Source, string Split, int? First, HoldOut? HoldOut = null, bool Held = false);

/// <summary>The first <paramref name="Count"/> indices of a permutation drawn from <paramref name="Seed"/>.</summary>
public sealed record HoldOut(int Count, long Seed);
