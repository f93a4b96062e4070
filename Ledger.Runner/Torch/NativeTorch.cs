using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Ledger.Runner.Torch;

/// <summary>
/// The few functions of libtorch that TorchSharp does not bind, called by their C++ names (Itanium ABI, libtorch 2.10).
/// </summary>
internal static unsafe partial class NativeTorch
{
    private const string GlobalContext = "_ZN2at13globalContextEv";

    private static readonly Lazy<IntPtr> Library = new(() => NativeLibrary.Load(Path.Combine(NativeLibraries.Load(), "libtorch_cpu.so")));

    /// <summary>Filling of uninitialised memory, which the flag implies, is off: it costs time and changes no defined value.</summary>
    public static void UseDeterministicAlgorithms()
    {
        ((delegate* unmanaged<void*, byte, byte, void>)Export("_ZN2at7Context26setDeterministicAlgorithmsEbb"))(Context(), 1, 0);
        ((delegate* unmanaged<void*, byte, void>)Export("_ZN2at7Context39setDeterministicFillUninitializedMemoryEb"))(Context(), 0);
    }

    public static bool DeterministicAlgorithms() =>
        ((delegate* unmanaged<void*, byte>)Export("_ZNK2at7Context23deterministicAlgorithmsEv"))(Context()) != 0;

    /// <summary>Whether convolutions go to oneDNN; otherwise libtorch computes them with matrix products of its own.</summary>
    public static void UseOneDnn(bool use) =>
        ((delegate* unmanaged<void*, byte, void>)Export("_ZN2at7Context20setUserEnabledMkldnnEb"))(Context(), use ? (byte)1 : (byte)0);

    public static bool OneDnn() => ((delegate* unmanaged<void*, byte>)Export("_ZNK2at7Context17userEnabledMkldnnEv"))(Context()) != 0;

    /// <summary>Whether convolutions too small for oneDNN may go to NNPACK, which some CPUs have not: it says so in every call, and gives other bits.</summary>
    public static void UseNnpack(bool use) =>
        ((delegate* unmanaged<void*, byte, void>)Export("_ZN2at7Context20setUserEnabledNNPACKEb"))(Context(), use ? (byte)1 : (byte)0);

    public static string CpuCapability() => CallText("_ZN2at18get_cpu_capabilityB5cxx11Ev");

    public static string Configuration() => CallText("_ZN2at11show_configB5cxx11Ev");

    public static string Version() => TorchVersion().Match(Configuration()) is { Success: true } match
        ? match.Groups["version"].Value
        : throw new InvalidDataException("libtorch does not say its version");

    public static string Flavour() => Configuration().Contains("USE_CUDA=ON", StringComparison.Ordinal) ? "cuda" : "cpu";

    private static void* Context() => ((delegate* unmanaged<void*>)Export(GlobalContext))();

    private static IntPtr Export(string name) => NativeLibrary.GetExport(Library.Value, name);

    private static string CallText(string name)
    {
        var text = ((delegate* unmanaged<StdString>)Export(name))();
        return text.Read();
    }

    [GeneratedRegex(@"TORCH_VERSION=(?<version>[0-9.]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex TorchVersion();

    /// <summary>
    /// libstdc++'s std::string, returned by value. Up to 15 bytes stand in the object itself, whose pointer is stale after the
    /// copy; longer text stays on the native heap, where these few bytes are left.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct StdString
    {
        private readonly byte* data;
        private readonly nuint length;
        private fixed byte local[16];

        public readonly string Read()
        {
            fixed (byte* here = local)
                return Encoding.UTF8.GetString(length < 16 ? here : data, checked((int)length));
        }
    }
}
