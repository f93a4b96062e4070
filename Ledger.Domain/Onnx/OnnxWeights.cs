using System.Runtime.InteropServices;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;

namespace Ledger.Domain.Onnx;

/// <summary>Weights and biases of convolutions and linear layers as constants: a linear weight is written [in, out], as Gemm reads it.</summary>
internal sealed class OnnxWeights(OnnxGraph graph, IReadOnlyDictionary<string, NamedTensor> state, OnnxForm form)
{
    /// <summary>The width for which there is integer arithmetic.</summary>
    internal const int Full = 8;

    /// <returns>The names of the layer's inputs: the value, the weight, and the bias if it has one.</returns>
    public IReadOnlyList<string> Of(Weighted layer, OnnxValue input)
    {
        string[] ends = layer.Bias ? [$"{layer.Id}.bias"] : [];
        // Behind float activations ONNX Runtime would round those to make use of integer weights, which is not what the network does.
        if (form == OnnxForm.Itself && layer.Quantized is { Bits: Full } quantization && input.Levels is { } levels)
        {
            var integers = Integers(layer, quantization);
            return [input.Name, Dequantized(layer, integers), .. ends.Select(bias => Bias(bias, levels, integers.Scales))];
        }
        var tensor = Find($"{layer.Id}.weight");
        return [input.Name, Placed(tensor.Name, TensorType.F32, tensor.Shape, Values(layer), layer), .. ends.Select(Plain)];
    }

    public string Plain(string name) => graph.Constant(name, TensorType.F32, Find(name).Shape, Find(name).Data.Span);

    private NamedTensor Find(string name) => state.TryGetValue(name, out var tensor) ? tensor : throw new InvalidDataException($"there is no tensor '{name}'");

    private float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Find(name).Data.Span).ToArray();

    private IntegerWeights Integers(Weighted layer, WeightQuantization quantization)
    {
        var tensor = Find($"{layer.Id}.weight");
        return tensor.Type switch
        {
            TensorType.F32 => IntegerWeights.Of(Floats(tensor.Name), (int)tensor.Shape[0], quantization),
            TensorType.I8 => new([.. MemoryMarshal.Cast<byte, sbyte>(tensor.Data.Span).ToArray().Select(value => (short)value)], Floats($"{layer.Id}.weight_scale")),
            TensorType.I16 => new(MemoryMarshal.Cast<byte, short>(tensor.Data.Span).ToArray(), Floats($"{layer.Id}.weight_scale")),
            _ => throw new InvalidDataException($"tensor '{tensor.Name}' holds {tensor.Type}; expected F32, I8 or I16"),
        };
    }

    /// <summary>The float32 values that the layer computes with.</summary>
    private float[] Values(Weighted layer)
    {
        if (layer.Quantized is not { } quantization)
            return Floats($"{layer.Id}.weight");
        var (integers, scales) = Integers(layer, quantization);
        return [.. integers.Select((value, i) => value * scales[i / (integers.Length / scales.Length)])];
    }

    private string Dequantized(Weighted layer, IntegerWeights integers)
    {
        var name = $"{layer.Id}.weight";
        long[] scales = integers.Scales.Length == 1 ? [] : [integers.Scales.Length];
        return graph.Add(
            $"{name}:dequantized", "DequantizeLinear",
            [
                Placed(name, TensorType.I8, Find(name).Shape, [.. integers.Values.Select(value => (sbyte)value)], layer),
                graph.Floats($"{name}_scale", scales, integers.Scales),
                graph.Constant($"{name}_zero", TensorType.I8, scales, new byte[integers.Scales.Length]),
            ],
            ("axis", layer is Linear ? 1L : 0L));
    }

    /// <summary>Int32 in units of input scale · weight scale; float32 where that does not hold it.</summary>
    private string Bias(string name, QuantizedLevels levels, float[] weightScales)
    {
        var bias = Floats(name);
        float[] scales = [.. weightScales.Select(scale => scale * levels.Step)];
        double[] integers = [.. bias.Select((value, i) => Math.Round((double)value / scales[scales.Length == 1 ? 0 : i], MidpointRounding.ToEven))];
        if (integers.Any(value => Math.Abs(value) > int.MaxValue))
            return Plain(name);
        long[] sides = scales.Length == 1 ? [] : [scales.Length];
        return graph.Add(
            $"{name}:dequantized", "DequantizeLinear",
            [
                graph.Constant(name, TensorType.I32, [bias.Length], MemoryMarshal.AsBytes<int>([.. integers.Select(value => (int)value)])),
                graph.Floats($"{name}_scale", sides, scales),
            ],
            ("axis", 0L));
    }

    private string Placed<T>(string name, TensorType type, long[] shape, T[] values, Weighted layer)
        where T : unmanaged
    {
        if (layer is not Linear)
            return graph.Constant(name, type, shape, MemoryMarshal.AsBytes<T>(values));
        var (rows, columns) = ((int)shape[0], (int)shape[1]);
        var turned = new T[values.Length];
        for (var i = 0; i < values.Length; i++)
            turned[(i % columns * rows) + (i / columns)] = values[i];
        return graph.Constant(name, type, [columns, rows], MemoryMarshal.AsBytes<T>(turned));
    }
}
