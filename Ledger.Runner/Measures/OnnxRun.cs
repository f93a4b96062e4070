using Ledger.Domain.Onnx;
using Ledger.Runner.Compression;
using Microsoft.ML.OnnxRuntime;

namespace Ledger.Runner.Measures;

/// <summary>A network in ONNX Runtime on the CPU, operators one after the other.</summary>
public sealed class OnnxRun : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly int[] shape;

    /// <param name="threads">One operator may use.</param>
    public OnnxRun(ModelState model, OnnxForm form, int threads)
    {
        shape = model.Architecture.Input;
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Threads that wait by spinning would slow down the executors beside this one.
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        // Without VNNI the default kernel adds pairs of products in 16 bits, which saturate: one class in four came out wrong.
        settings.AddSessionConfigEntry("session.x64quantprecision", "1");
        session = new InferenceSession(OnnxExport.Write(model.Architecture, model.Tensors.Values, form), settings);
    }

    /// <param name="pixels">[n, channels, height, width] in [0, 1], row-major.</param>
    /// <returns>[n, classes], row-major.</returns>
    public float[] Logits(float[] pixels)
    {
        long[] sides = [pixels.Length / shape.Aggregate(1, (product, side) => product * side), .. shape.Select(side => (long)side)];
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, sides);
        using var outputs = session.Run(options, [OnnxExport.Input], [input], [OnnxExport.Output]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        session.Dispose();
        options.Dispose();
    }
}
