using Ledger.Domain.Models;

namespace Ledger.Domain.Evidence;

/// <summary>
/// What bit-for-bit equality is promised within: two environments of one class compute the same bits from the same
/// configuration. It is part of every step's key.
/// </summary>
/// <param name="LibTorch">Version of the native library.</param>
/// <param name="LibTorchFlavour"><c>cpu</c>, or the CUDA version it was built for, such as <c>cu128</c>.</param>
/// <param name="CpuVendor">As the processor names itself, such as <c>AuthenticAMD</c>: the maths libraries choose paths by it.</param>
/// <param name="CpuIsa">The widest level the maths libraries use, see <see cref="IsaLevels"/>.</param>
/// <param name="Threads">Threads one operation may use; sums are split by it.</param>
/// <param name="Device"><c>cpu</c> or the accelerator's model.</param>
/// <param name="Flags">Switches of the libraries, such as <c>deterministic-algorithms</c> and <c>tf32</c>.</param>
/// <param name="Variables">The bit-changing variables that are set, see <see cref="BitChangingVariables"/>.</param>
public sealed record EnvironmentClass(
    string LibTorch, string LibTorchFlavour, string CpuVendor, string CpuIsa, int Threads, string Device,
    IReadOnlyDictionary<string, bool> Flags, IReadOnlyDictionary<string, string> Variables)
{
    public const string Scheme = "ledger/environment-class/1";

    /// <summary>What <c>environmentClass</c> is in step keys and events.</summary>
    public ContentHash Digest() => CanonicalJson.Digest(Scheme, this);
}

/// <summary>
/// The environment of a worker: its class, and what is only recorded. What could not be found out is null, never guessed.
/// It holds no host name, user name, path or variable that is not on the list.
/// </summary>
/// <param name="Os">As the distribution names itself.</param>
/// <param name="Kernel">Release of the operating system's kernel.</param>
/// <param name="CpuModel">As the processor names itself.</param>
/// <param name="LogicalCores">Processors the process may use.</param>
/// <param name="MemoryBytes">Memory the process may use: the machine's, or the container's limit.</param>
/// <param name="DotNet">Version of the runtime.</param>
/// <param name="Tool">Version of this tool.</param>
/// <param name="Packages">Digest over the names and versions of every package the tool was built with; null when it carries no list.</param>
/// <param name="GitCommit">Of the checkout the tool runs from; null outside one.</param>
/// <param name="GitDirty">Whether that checkout has uncommitted changes; null outside one.</param>
/// <param name="ContainerImage">As the image was told at its build; null outside a container that knows.</param>
/// <param name="GitDiff">Those changes, as <c>git diff --binary HEAD</c> gives them; null where there are none, or more than 4 MiB. What looks like a secret is replaced.</param>
/// <param name="TorchSharp">Version of the binding to libtorch; null in records from before it was kept.</param>
public sealed record EnvironmentFacts(
    EnvironmentClass Class, string Os, string Kernel, string Architecture, string? CpuModel, int LogicalCores, long MemoryBytes,
    string DotNet, string Tool, string? Packages = null, string? GitCommit = null, bool? GitDirty = null, string? ContainerImage = null,
    ArtifactRef? GitDiff = null, string? TorchSharp = null)
{
    /// <summary>Every field in which the two differ; those of the class begin with <c>class.</c>.</summary>
    public IReadOnlyList<Difference> Differences(EnvironmentFacts other) => Difference.Between(this, other);
}

/// <summary>
/// The only environment variables that are ever recorded: those known to change computed bits. Anything else may hold
/// a password and is not looked at.
/// </summary>
public static class BitChangingVariables
{
    /// <summary>In ordinal order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "ATEN_CPU_CAPABILITY",
        "CUBLAS_WORKSPACE_CONFIG",
        "DNNL_DEFAULT_FPMATH_MODE",
        "DNNL_MAX_CPU_ISA",
        "GLIBC_TUNABLES",
        "MKL_CBWR",
        "MKL_DEBUG_CPU_TYPE",
        "MKL_DYNAMIC",
        "MKL_ENABLE_INSTRUCTIONS",
        "MKL_NUM_THREADS",
        "NVIDIA_TF32_OVERRIDE",
        "OMP_DYNAMIC",
        "OMP_NUM_THREADS",
        "OMP_SCHEDULE",
        "ONEDNN_DEFAULT_FPMATH_MODE",
        "ONEDNN_MAX_CPU_ISA",
        "OPENBLAS_CORETYPE",
        "OPENBLAS_NUM_THREADS",
        "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    ];

    /// <summary>Those that are set, and nothing else of what was given. A value may hold a secret by mistake: it is redacted.</summary>
    public static IReadOnlyDictionary<string, string> Among(IReadOnlyDictionary<string, string> variables) =>
        Names.Where(name => variables.TryGetValue(name, out string? value) && value.Length > 0)
            .ToDictionary(name => name, name => Redaction.Redacted(variables[name]), StringComparer.Ordinal);
}

/// <summary>
/// The vector instruction level of an x86 processor, by the names the maths libraries use, or the architecture's
/// baseline elsewhere.
/// </summary>
public static class IsaLevels
{
    // From the widest: the first whose flags (as /proc/cpuinfo names them) are all present.
    private static readonly (string Level, string[] Flags)[] X86 =
    [
        ("avx512-bf16", ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16"]),
        ("avx512-vnni", ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"]),
        ("avx512", ["avx512f", "avx512bw", "avx512dq", "avx512vl"]),
        ("avx2-vnni", ["avx2", "fma", "avx_vnni"]),
        ("avx2", ["avx2", "fma"]),
        ("avx", ["avx"]),
        ("sse4.1", ["sse4_1"]),
    ];

    /// <param name="flags">What <c>/proc/cpuinfo</c> lists; empty gives <c>baseline</c>.</param>
    public static string Of(IReadOnlySet<string> flags) =>
        X86.FirstOrDefault(level => Array.TrueForAll(level.Flags, flags.Contains)).Level ?? "baseline";
}
