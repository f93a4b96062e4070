namespace Ledger.Domain.Runs;

/// <summary>Why a step failed.</summary>
public static class FailureCodes
{
    /// <summary>The loss was not finite.</summary>
    public const string Diverged = "diverged";

    /// <summary>Native code called abort, or the process died of another fault of its own.</summary>
    public const string Aborted = "aborted";

    /// <summary>The process was killed from outside.</summary>
    public const string Killed = "killed";

    /// <summary>The kernel's out-of-memory killer took the process, or an allocation failed.</summary>
    public const string OutOfMemory = "out-of-memory";

    /// <summary>Past the step's time limit, or no heartbeat.</summary>
    public const string Timeout = "timeout";

    /// <summary>The executor said something that is not the protocol.</summary>
    public const string Protocol = "protocol";

    /// <summary>A step it depends on failed.</summary>
    public const string InputFailed = "input-failed";

    /// <summary>What the executor handed over is not what the store holds.</summary>
    public const string Artifact = "artifact";

    /// <summary>The checkpoint to go on from is gone or damaged.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>An artifact it reads is not there.</summary>
    public const string MissingArtifact = "missing-artifact";

    /// <summary>An artifact it reads is not what its digest says.</summary>
    public const string CorruptArtifact = "corrupt-artifact";

    /// <summary>An exception that has no better name.</summary>
    public const string Error = "error";

    /// <summary>Those that say nothing about what the step computes: another time it may come to its end.</summary>
    public static IReadOnlyList<string> FromOutside { get; } =
        [Killed, OutOfMemory, Timeout, Protocol, Artifact, MissingArtifact, CorruptArtifact, Checkpoint, Aborted];
}
