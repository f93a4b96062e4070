namespace Ledger.Domain.Experiments;

/// <summary>A network to be built: an entry of the model zoo and its settings.</summary>
/// <param name="Kind">Name in the zoo, for example <c>small-cnn</c>.</param>
/// <param name="Hidden">Widths of hidden layers (mlp); empty otherwise.</param>
/// <param name="Width">Multiplier of channel counts; 1 for the published network.</param>
/// <param name="Bias">Whether linear and convolution layers have biases.</param>
public sealed record ModelSpec(string Kind, int[] Hidden, double Width, bool Bias, Normalization Normalize);

/// <summary>Per-channel constants of the network's first layer, in units of pixels in [0, 1].</summary>
public sealed record Normalization(double[] Mean, double[] Std);
