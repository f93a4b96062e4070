namespace Ledger.Runner.Environments;

/// <summary>What <c>/proc/cpuinfo</c> says of the first processor; nulls and no flags where there is no such file.</summary>
internal sealed record CpuInfo(string? Vendor, string? Model, IReadOnlySet<string> Flags)
{
    private const string Source = "/proc/cpuinfo";

    public static CpuInfo OfThisMachine() => Parse(File.Exists(Source) ? File.ReadAllText(Source) : "");

    /// <summary>Of x86 (vendor_id, model name, flags) or Arm (CPU implementer, CPU part, Features).</summary>
    public static CpuInfo Parse(string text)
    {
        Dictionary<string, string> first = text.Split("\n\n")[0].Split('\n')
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(parts => parts.Length == 2)
            .DistinctBy(parts => parts[0], StringComparer.Ordinal)
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        string flags = first.GetValueOrDefault("flags") ?? first.GetValueOrDefault("Features") ?? "";
        return new CpuInfo(
            first.GetValueOrDefault("vendor_id") ?? first.GetValueOrDefault("CPU implementer"),
            first.GetValueOrDefault("model name") ?? first.GetValueOrDefault("CPU part"),
            flags.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal));
    }
}
