using System.Runtime.InteropServices;
using Ledger.Domain;

namespace Ledger.Runner.Torch;

/// <summary>
/// Finds libtorch and loads it with TorchSharp's native half, by full path, before the first TorchSharp call. On systems
/// whose C++ library is older than the one TorchSharp was built with (Debian 12, Ubuntu 22.04) a copy is loaded instead in which
/// the one missing symbol version, belonging to an empty function, is optional.
/// </summary>
public static class NativeLibraries
{
    /// <summary>Variable naming a folder with libtorch (that of an installed PyTorch, or its <c>lib</c>).</summary>
    public const string Variable = "LEDGER_LIBTORCH";

    private const string MissingVersion = "GLIBCXX_3.4.32";
    private static readonly Lazy<string> Loaded = new(LoadAll);

    /// <summary>The folder libtorch was loaded from; loads it on the first call, by any thread.</summary>
    /// <exception cref="BadInput">There is no libtorch here, or it does not load.</exception>
    public static string Load() => Loaded.Value;

    /// <summary>The first of the places libtorch may be in which it is.</summary>
    public static string FindLibTorch(string? variable, string programFolder)
    {
        var places = Places(variable, programFolder).ToList();
        return places.Find(folder => File.Exists(Path.Combine(folder, "libtorch_cpu.so")))
            ?? throw Missing("libtorch_cpu.so", places, $"build the project with dotnet build, or set {Variable} to the folder of a PyTorch 2.10");
    }

    private static IEnumerable<string> Places(string? variable, string programFolder)
    {
        if (!string.IsNullOrEmpty(variable))
            return [variable, Path.Combine(variable, "lib")];
        var pointer = Path.Combine(programFolder, "libtorch.path");
        return
        [
            Path.Combine(programFolder, "libtorch"),
            Path.Combine(programFolder, "runtimes", "linux-x64", "native"),
            programFolder,
            .. File.Exists(pointer) ? [File.ReadAllText(pointer).Trim()] : Array.Empty<string>(),
        ];
    }

    private static string LoadAll()
    {
        var program = AppContext.BaseDirectory;
        var folder = FindLibTorch(Environment.GetEnvironmentVariable(Variable), program);
        foreach (var name in new[] { "libtorch_cpu.so", "libtorch.so" })
            LoadFile(Path.Combine(folder, name));
        var binding = LoadBinding(FindBinding(program));
        NativeLibrary.SetDllImportResolver(
            typeof(TorchSharp.torch).Assembly, (name, _, _) => name == "LibTorchSharp" ? binding : IntPtr.Zero);
        return folder;
    }

    private static string FindBinding(string program)
    {
        string[] places = [Path.Combine(program, "runtimes", "linux-x64", "native"), program];
        return places.Select(place => Path.Combine(place, "libLibTorchSharp.so")).FirstOrDefault(File.Exists)
            ?? throw Missing("libLibTorchSharp.so", places, "build the project again with dotnet build");
    }

    private static IntPtr LoadBinding(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException refused) when (refused.Message.Contains(MissingVersion, StringComparison.Ordinal))
        {
            return PatchedLibrary.Load(path, MissingVersion);
        }
    }

    private static void LoadFile(string path)
    {
        try
        {
            NativeLibrary.Load(path);
        }
        catch (DllNotFoundException refused)
        {
            throw new BadInput(new Problem(refused.Message, "a library built for this system", File: path));
        }
    }

    private static BadInput Missing(string library, IReadOnlyList<string> places, string advice) =>
        new(new Problem($"no {library}", $"in one of {string.Join(", ", places)}", Hint: advice));
}
