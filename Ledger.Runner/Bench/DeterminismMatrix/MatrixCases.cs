namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>One way of carrying out again what the matrix has computed once, and what has to come of it.</summary>
/// <param name="What">As it is printed.</param>
/// <param name="Cause">
/// Null: the class of environment is the same, and so is every bit. Otherwise it is another: keys differ, and where bits do too, this field is
/// named among the causes.
/// </param>
public sealed record MatrixCase(string What, Variation Variation, string? Cause = null);

/// <summary>What is different about how the runs are carried out.</summary>
public abstract record Variation;

/// <summary>Replayed, from this process.</summary>
public sealed record ReplayedHere(bool LastRunFirst, int Parallel) : Variation;

/// <summary>Replayed by another <c>ledger</c>, with these variables; it draws its own seed of string hashes, as do its executors.</summary>
public sealed record ReplayedElsewhere(IReadOnlyDictionary<string, string> Variables) : Variation;

/// <summary>In a ledger that knows nothing, the steps of each run in another order: of those that have their inputs always the last planned.</summary>
public sealed record StepsReordered : Variation;

/// <summary>In a ledger that knows nothing, killed again and again and resumed.</summary>
public sealed record KilledAndResumed : Variation;

/// <summary>In a ledger that knows the networks only: they are taken over, and what is found of them is computed.</summary>
public sealed record NetworksTakenOver : Variation;

/// <summary>Run again beside the original, with so many threads; equal keys would be taken over.</summary>
public sealed record OtherThreads(int Threads) : Variation;

/// <summary>The table.</summary>
public static class MatrixCases
{
    private static readonly MatrixCase OtherProcess = new(
        "another process, Turkish, time of Kathmandu", Elsewhere(("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Asia/Kathmandu")));

    // Code compiled once and for all, without vector instructions, and a collector that is always at work.
    private static readonly MatrixCase OtherRuntime = new("another process, German, runtime set otherwise", Elsewhere(
        ("LANG", "de_DE.UTF-8"), ("LC_ALL", "de_DE.UTF-8"), ("TZ", "America/St_Johns"),
        ("DOTNET_TieredCompilation", "0"), ("DOTNET_EnableHWIntrinsic", "0"), ("DOTNET_GCgen0size", "100000")));

    private static readonly MatrixCase PlainATen = new(
        "ATen without vector instructions", Elsewhere(("ATEN_CPU_CAPABILITY", "default")), "class.variables.ATEN_CPU_CAPABILITY");

    // libtorch has no variable that turns oneDNN off; this is the least it can be told to use.
    private static readonly MatrixCase CappedOneDnn = new(
        "oneDNN with SSE4.1 only", Elsewhere(("ONEDNN_MAX_CPU_ISA", "SSE41")), "class.variables.ONEDNN_MAX_CPU_ISA");

    public static IReadOnlyList<MatrixCase> All { get; } =
    [
        new("runs in another order", new ReplayedHere(LastRunFirst: true, Parallel: 1)),
        new("two runs side by side", new ReplayedHere(LastRunFirst: false, Parallel: 2)),
        new("steps in another order", new StepsReordered()),
        OtherProcess,
        OtherRuntime,
        new("killed after events and resumed", new KilledAndResumed()),
        new("networks taken over from other runs", new NetworksTakenOver()),
        PlainATen,
        CappedOneDnn,
        new("two threads", new OtherThreads(2), "class.threads"),
    ];

    /// <summary>What tests have time for: several differences at once where all promise the same bits, and one cap.</summary>
    public static IReadOnlyList<MatrixCase> Few { get; } =
    [
        new("runs in another order, two side by side", new ReplayedHere(LastRunFirst: true, Parallel: 2)),
        .. All.Where(one => one.Variation is KilledAndResumed or NetworksTakenOver || one == OtherRuntime || one == PlainATen),
    ];

    private static ReplayedElsewhere Elsewhere(params (string Name, string Value)[] variables) =>
        new(variables.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal));
}
