using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;
using Ledger.Runner.Torch;

namespace Ledger.Runner.Environments;

/// <summary>Looks at the machine, the process and the checkout. What cannot be found out stays null.</summary>
public static class EnvironmentCapture
{
    private const string ImageVariable = "LEDGER_IMAGE";

    /// <param name="torch">From the native library of the process that computes.</param>
    /// <param name="checkout">A folder in the checkout the tool runs from, or outside any.</param>
    public static EnvironmentFacts Capture(TorchFacts torch, string checkout)
    {
        CpuInfo cpu = CpuInfo.OfThisMachine();
        IReadOnlyDictionary<string, string> variables = Variables();
        GitState? git = GitState.Of(checkout);
        return new EnvironmentFacts(
            new EnvironmentClass(
                torch.Version, torch.Flavour, cpu.Vendor ?? "unknown", $"{torch.CpuCapability.ToLowerInvariant()} of {IsaLevels.Of(cpu.Flags)}",
                torch.Threads, "cpu",
                Flags(torch),
                BitChangingVariables.Among(variables)),
            RuntimeInformation.OSDescription,
            Environment.OSVersion.Version.ToString(),
            RuntimeInformation.ProcessArchitecture.ToString(),
            cpu.Model,
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Environment.Version.ToString(),
            VersionOf(typeof(EnvironmentCapture)),
            PackagesDigest()?.ToString(),
            git?.Commit,
            git?.Dirty,
            variables.GetValueOrDefault(ImageVariable) is { } image ? Redaction.Redacted(image) : null,
            TorchSharp: VersionOf(typeof(TorchSharp.torch)).Split('+')[0]);
    }

    private static string VersionOf(Type type) => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The same facts with the checkout's uncommitted changes, which are kept as an artifact, without secrets.</summary>
    public static EnvironmentFacts WithChanges(EnvironmentFacts facts, string checkout, ArtifactStore artifacts)
    {
        if (facts.GitDirty is not true || GitState.Changes(checkout) is not { } patch)
            return facts;
        var stored = artifacts.Put(Redaction.Redacted(patch));
        return facts with { GitDiff = new ArtifactRef(stored.Hash.ToString(), stored.Size) };
    }

    /// <summary>What convolutions need on a processor they go wrong on is named only there.</summary>
    private static Dictionary<string, bool> Flags(TorchFacts torch)
    {
        var flags = new Dictionary<string, bool>(StringComparer.Ordinal) { ["deterministic-algorithms"] = torch.DeterministicAlgorithms };
        if (torch.Convolutions == ConvolutionPath.Filled)
            flags["filled-convolutions"] = true;
        else if (torch.Convolutions == ConvolutionPath.WithoutOneDnn)
            flags["onednn"] = false;
        return flags;
    }

    /// <summary>Over name → version of the packages in the list the build wrote beside the program.</summary>
    private static ContentHash? PackagesDigest()
    {
        string? list = (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string)?.Split(';')[0];
        if (!File.Exists(list))
            return null;
        using var document = JsonDocument.Parse(File.ReadAllBytes(list));
        return CanonicalJson.Digest("ledger/packages/1", document.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(library => library.Value.GetProperty("type").GetString() == "package")
            .Select(library => library.Name.Split('/'))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal));
    }

    private static Dictionary<string, string> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string)v.Value!, StringComparer.Ordinal);
}
