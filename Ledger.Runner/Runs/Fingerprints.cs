using System.Collections.Concurrent;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Compression;
using Ledger.Runner.Measures;
using Ledger.Runner.Training;

namespace Ledger.Runner.Runs;

/// <summary>
/// The code behind each kind of step, as a digest over everything its entry method reaches in our own assemblies and the version
/// of TorchSharp (libtorch's own version is part of the environment's class), for measurements of ONNX Runtime too.
/// </summary>
public static class Fingerprints
{
    private static readonly ConcurrentDictionary<string, string> Known = [];

    private static readonly Dictionary<string, Type> Entries = new()
    {
        ["train"] = typeof(TrainStep),
        ["compress"] = typeof(CompressStep),
        ["attack"] = typeof(AttackStep),
        ["measure"] = typeof(MeasureStep),
    };

    public static string Of(string kind) => Known.GetOrAdd(kind, Compute);

    private static string Compute(string kind) => CodeFingerprint.Of(
        [typeof(Fingerprints).Assembly.Location, typeof(RunEvent).Assembly.Location],
        Entries[kind].FullName!,
        "Run",
        Packages(kind)).Fingerprint.ToString();

    private static Dictionary<string, string> Packages(string kind)
    {
        var packages = new Dictionary<string, string> { ["TorchSharp"] = Version(typeof(TorchSharp.torch)) };
        if (kind == "measure")
            packages["Microsoft.ML.OnnxRuntime"] = Version(typeof(Microsoft.ML.OnnxRuntime.InferenceSession));
        return packages;
    }

    private static string Version(Type type) => type.Assembly.GetName().Version!.ToString();
}
