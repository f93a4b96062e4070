using System.Text.Json.Serialization;

namespace Ledger.Domain.Experiments;

/// <summary>Which examples of a data set, in a fixed order. Depends on seeds of the data at most, never on the run's seed.</summary>
/// <param name="Source">Name in the data catalog, a folder, or the name of a synthetic task.</param>
/// <param name="Split"><c>train</c> or <c>test</c>.</param>
/// <param name="First">The first n of the split (after <paramref name="HoldOut"/> and <paramref name="Random"/>); null: all.</param>
/// <param name="HoldOut">A seeded part of the split set aside as validation examples; null: none.</param>
/// <param name="Held">True: these are the examples held out; false: the others.</param>
/// <param name="Random">A seeded part of what <paramref name="HoldOut"/> leaves, in the order of the split; null: all of it.</param>
/// <param name="Synthetic">What is generated; null: the examples are in files.</param>
public sealed record ExamplesSpec(
    string Source, string Split, int? First, HoldOut? HoldOut = null, bool Held = false, RandomPart? Random = null, SyntheticSpec? Synthetic = null);

/// <summary>
/// The first <paramref name="Count"/> indices, or round(<paramref name="Fraction"/>·n) of n, half up, of a permutation drawn from
/// <paramref name="Seed"/>; one of the two is given.
/// </summary>
public abstract record SeededPart(int? Count, long Seed, Exact? Fraction);

/// <summary>A part of a split set aside.</summary>
public sealed record HoldOut(int? Count, long Seed, Exact? Fraction = null) : SeededPart(Count, Seed, Fraction);

/// <summary>A part of a split taken by lot.</summary>
public sealed record RandomPart(int? Count, long Seed, Exact? Fraction = null) : SeededPart(Count, Seed, Fraction);

/// <summary>
/// A task of two classes whose geometry is known: examples x of 1 × 1 × <paramref name="Dimension"/> pixels, made from a seed one by one. With
/// the unit vector w = s/√Dimension, s a vector of signs drawn from the seed, the hyperplane w·(x − ½) = 0 separates the classes: an
/// example is at L2 distance |w·(x − ½)| from it and at L∞ distance |w·(x − ½)|/√Dimension.
/// </summary>
/// <param name="Dimension">Pixels of an example, from 1.</param>
/// <param name="Margin">In L2 and in pixels, which lie in [0, 1]; what it promises is the task's to say.</param>
/// <param name="Train">Training examples.</param>
/// <param name="Test">Test examples, drawn apart from the training ones.</param>
/// <param name="Seed">Of everything drawn.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "task", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(TwoGaussians), "two-gaussians")]
[JsonDerivedType(typeof(Halfspace), "halfspace")]
[JsonDerivedType(typeof(LowRank), "low-rank")]
public abstract record SyntheticSpec(int Dimension, Exact Margin, int Train, int Test, long Seed);

/// <summary>
/// x = ½ + y·Margin·w + Noise·N(0, I), cut to [0, 1] and rounded to 8 bits (the Gaussian model of Schmidt et al., NeurIPS 2018). Labels
/// alternate: y = −1 (class 0), then +1 (class 1). The means, not the examples, keep the margin. Before cutting and rounding the best
/// classifier is the hyperplane; it errs with probability Φ(−Margin/Noise), and Φ(−(Margin − ε)/Noise) against L2 perturbations of size ε.
/// </summary>
/// <param name="Noise">Standard deviation of each pixel, above 0.</param>
public sealed record TwoGaussians(int Dimension, Exact Margin, double Noise, int Train, int Test, long Seed) : SyntheticSpec(Dimension, Margin, Train, Test, Seed);

/// <summary>
/// Pixels uniform on the 8-bit grid of the cube, conditioned on a distance of at least Margin from the hyperplane, which holds for every
/// example exactly. The label is the side: class 1 where w·(x − ½) is positive.
/// </summary>
public sealed record Halfspace(int Dimension, Exact Margin, int Train, int Test, long Seed) : SyntheticSpec(Dimension, Margin, Train, Test, Seed);

/// <summary>
/// As <see cref="Halfspace"/>, but x − ½ lies in a subspace of <paramref name="Rank"/> dimensions: pixel i repeats feature i mod Rank, or its
/// complement to 1 where sᵢ is −1, so that the rank is exact on the 8-bit grid too.
/// </summary>
public sealed record LowRank(int Dimension, int Rank, Exact Margin, int Train, int Test, long Seed) : SyntheticSpec(Dimension, Margin, Train, Test, Seed);

/// <summary>
/// How training examples are changed at random before anything else sees them, drawn for each example and epoch; pixels move, none
/// takes a new value but black.
/// </summary>
/// <param name="PadCrop">k: k black pixels on every side, then a crop of the old size at one of the (2k + 1)² places; null: none.</param>
/// <param name="Flip">True: left and right are exchanged with probability ½; null: never.</param>
public sealed record Augmentation(int? PadCrop, bool? Flip);
