namespace Ledger.Domain.Models;

/// <summary>
/// A float32 weight as integers and their scales: scale = max|w| / (2^(b−1)−1) as float32, over the whole tensor or each output channel;
/// q = round(w / scale), half to even, in [−(2^(b−1)−1), 2^(b−1)−1]. A channel of zeros has scale 1.
/// </summary>
/// <param name="Values">In the order of the weight.</param>
/// <param name="Scales">One per output channel, or one.</param>
public sealed record IntegerWeights(short[] Values, float[] Scales)
{
    /// <param name="outputs">Length of the weight's first dimension.</param>
    public static IntegerWeights Of(float[] weight, int outputs, WeightQuantization quantization)
    {
        var highest = Highest(quantization.Bits);
        var perScale = quantization.Granularity == Granularity.PerChannel ? weight.Length / outputs : weight.Length;
        float[] scales = [.. weight.Chunk(perScale).Select(part => Scale(part.Max(Math.Abs), highest))];
        return new IntegerWeights(
            [.. weight.Select((value, i) => (short)Math.Clamp(Math.Round((double)value / scales[i / perScale], MidpointRounding.ToEven), -highest, highest))],
            scales);
    }

    /// <summary>2^(b−1)−1.</summary>
    public static int Highest(int bits) => (1 << (bits - 1)) - 1;

    private static float Scale(float largest, int highest) => largest > 0 ? largest / highest : 1;
}
