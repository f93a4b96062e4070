using Ledger.Domain.Experiments;
using Ledger.Domain.Models;

namespace Ledger.Runner.Attacks;

/// <summary>What the quantizer of a network's input leaves of a threat that may go beyond the pixels' range.</summary>
internal static class InputRange
{
    /// <summary>
    /// The part of ε, from 0 to 1, that passes beyond black and beyond white, the smaller of both and of all channels. 1 where the threat clips
    /// pixels or the input is not quantized.
    /// </summary>
    public static double Passed(Threat threat, Architecture architecture)
    {
        var normalize = architecture.Nodes.OfType<Normalize>().FirstOrDefault(node => node.Inputs is [Architecture.Pixels]);
        var input = normalize?.Id ?? Architecture.Pixels;
        if (threat.Clip || architecture.Nodes.OfType<FakeQuantize>().FirstOrDefault(node => node.Inputs is [var from] && from == input) is not { } quantizer)
            return 1;
        return Enumerable.Range(0, architecture.Input[0]).Min(channel => Passed(threat, quantizer, normalize?.Mean[channel] ?? 0, normalize?.Std[channel] ?? 1));
    }

    private static double Passed(Threat threat, FakeQuantize quantizer, double mean, double std)
    {
        var eps = threat.Space == Space.Normalized ? threat.Eps.Float : threat.Eps.Float / std;
        var (low, high) = ((quantizer.Low - quantizer.ZeroPoint) * quantizer.Scale, (quantizer.High - quantizer.ZeroPoint) * quantizer.Scale);
        return Math.Clamp(Math.Min((-mean / std) - low, high - ((1 - mean) / std)) / eps, 0, 1);
    }
}
