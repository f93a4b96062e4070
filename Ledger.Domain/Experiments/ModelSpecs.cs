namespace Ledger.Domain.Experiments;

/// <summary>A network to be built: an entry of the model zoo and its settings.</summary>
/// <param name="Kind">Name in the zoo, for example <c>small-cnn</c>.</param>
/// <param name="Hidden">Widths of hidden layers (mlp); empty otherwise.</param>
/// <param name="Width">Multiplier of channel counts, 1 for the published network; filters of the first layer for <c>vgg-small</c> and <c>resnet-small</c>.</param>
/// <param name="Bias">Whether linear and convolution layers have biases; in residual networks, whether the last layer has.</param>
/// <param name="Depth">Weighted layers, where the kind comes in several depths; null otherwise.</param>
/// <param name="Rank">
/// Null: dense layers. Otherwise each is a product of two, through this many features or channels: all hidden linear layers, and all
/// convolutions that read more than three channels; the last layer stays dense.
/// </param>
/// <param name="Init">Null: PyTorch's defaults.</param>
public sealed record ModelSpec(
    string Kind, int[] Hidden, double Width, bool Bias, Normalization Normalize, int? Depth = null, int? Rank = null, WeightInit? Init = null);

/// <summary>Per-channel constants of the network's first layer, in units of pixels in [0, 1].</summary>
public sealed record Normalization(double[] Mean, double[] Std);

/// <summary>How weights are drawn other than by PyTorch's defaults.</summary>
public enum WeightInit
{
    /// <summary>
    /// He et al. 2015: normal with variance 2 / (filters · kernel²) for convolutions (fan-out, as the residual networks' authors have it)
    /// and 2 / inputs for linear layers; biases 0.
    /// </summary>
    KaimingNormal,
}

/// <summary>A kind of network in the zoo, and which settings it takes beside <c>rank</c> and <c>init</c>.</summary>
/// <param name="Width">The width when none is given; null: it must be.</param>
/// <param name="Hidden">Whether it takes widths of hidden layers, and then no width.</param>
/// <param name="Bias">Whether its layers may go without biases.</param>
/// <param name="Depths">Which depths there are; null: one.</param>
public sealed record ModelKind(string Name, double? Width = 1, bool Hidden = false, bool Bias = true, Depths? Depths = null);

/// <summary><paramref name="First"/> and every <paramref name="Step"/>-th after it.</summary>
public sealed record Depths(int First, int Step)
{
    public const int Most = 1000;

    public bool Has(int depth) => depth >= First && depth <= Most && (depth - First) % Step == 0;

    public override string ToString() => $"a depth of {First}, {First + Step}, {First + (2 * Step)} … ({Step}n + {First % Step})";
}
