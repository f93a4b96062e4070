namespace Ledger.Runner.Garbage;

/// <summary>What may go.</summary>
public enum UnwantedKind
{
    /// <summary>Named only by runs that do not count; its release is recorded before it goes.</summary>
    Artifact,

    /// <summary>An object that no event names: its step never came to its end. Nothing to record.</summary>
    Unnamed,

    /// <summary>A file left behind by a process that was killed while it wrote.</summary>
    Leftover,

    /// <summary>Checkpoints of a step that no unfinished run can go on with.</summary>
    Checkpoints,
}

/// <summary>A file, or a folder of checkpoints, that nobody asks for any more.</summary>
/// <param name="Digest">Of an object; null for others.</param>
/// <param name="Runs">Runs that name it, each with why it does not count; empty where none does.</param>
public sealed record Unwanted(UnwantedKind Kind, string Path, string? Digest, long Bytes, string Reason, IReadOnlyList<Naming> Runs);

/// <param name="Run">A run that names the artifact.</param>
/// <param name="Reason">Why the run does not count: <c>retracted: …</c>, <c>superseded by …</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="Since">Since when.</param>
public sealed record Naming(string Run, string Reason, DateTimeOffset Since);
