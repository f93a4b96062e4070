using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;

namespace Ledger.Runner.Compression;

/// <summary>
/// Symmetric integer weights of every convolution and linear layer: scale = max|w| / (2^(b−1)−1) as float32, over the whole tensor or each
/// output channel; q = round(w / scale), half to even, in [−(2^(b−1)−1), 2^(b−1)−1]. A channel of zeros has scale 1. Biases stay float32:
/// an integer runtime holds them as int32, with the same four bytes.
/// </summary>
public static class WeightQuantizer
{
    public static ModelState Quantize(ModelState model, int bits, Granularity granularity)
    {
        var quantization = new WeightQuantization(bits, granularity);
        var nodes = model.Architecture.Nodes.Select(node => node is Weighted layer ? layer with { Quantized = quantization } : node);
        return (model with { Architecture = model.Architecture with { Nodes = [.. nodes] } })
            .With(model.Layers.SelectMany(layer => Quantize(model, layer.Id, quantization)));
    }

    /// <summary>The same network with float32 weights, each integer times its scale: what the integers stand for.</summary>
    public static ModelState Dequantize(ModelState model)
    {
        var floats = model.Layers.Where(layer => layer.Quantized is not null).Select(layer => Dequantized(model, $"{layer.Id}.weight")).ToArray();
        var nodes = model.Architecture.Nodes.Select(node => node is Weighted layer ? layer with { Quantized = null } : node);
        var tensors = model.With(floats).Tensors.Where(tensor => !tensor.Key.EndsWith(".weight_scale", StringComparison.Ordinal));
        return new ModelState(model.Architecture with { Nodes = [.. nodes] }, tensors.ToDictionary(StringComparer.Ordinal));
    }

    private static NamedTensor[] Quantize(ModelState model, string layer, WeightQuantization quantization)
    {
        var (bits, granularity) = quantization;
        var shape = model.Tensors[$"{layer}.weight"].Shape;
        var values = model.Floats($"{layer}.weight");
        var highest = (1 << (bits - 1)) - 1;
        var perScale = granularity == Granularity.PerChannel ? values.Length / (int)shape[0] : values.Length;
        float[] scales = [.. values.Chunk(perScale).Select(part => Scale(part, highest))];
        var integers = values.Select((value, i) => (short)Math.Clamp(Math.Round((double)value / scales[i / perScale], MidpointRounding.ToEven), -highest, highest));
        return [Integers($"{layer}.weight", shape, bits, [.. integers]), ModelState.Floats($"{layer}.weight_scale", [scales.Length], scales)];
    }

    private static float Scale(float[] part, int highest)
    {
        var largest = part.Max(Math.Abs);
        return largest > 0 ? largest / highest : 1;
    }

    private static NamedTensor Integers(string name, long[] shape, int bits, short[] values) => bits <= 8
        ? new NamedTensor(name, TensorType.I8, shape, MemoryMarshal.AsBytes<sbyte>([.. values.Select(value => (sbyte)value)]).ToArray())
        : new NamedTensor(name, TensorType.I16, shape, MemoryMarshal.AsBytes<short>(values).ToArray());

    private static NamedTensor Dequantized(ModelState model, string name)
    {
        var tensor = model.Tensors[name];
        var scales = model.Floats($"{name}_scale");
        short[] integers = tensor.Type == TensorType.I8
            ? [.. MemoryMarshal.Cast<byte, sbyte>(tensor.Data.Span).ToArray().Select(value => (short)value)]
            : MemoryMarshal.Cast<byte, short>(tensor.Data.Span).ToArray();
        var perScale = integers.Length / scales.Length;
        return ModelState.Floats(name, tensor.Shape, [.. integers.Select((value, i) => value * scales[i / perScale])]);
    }
}
