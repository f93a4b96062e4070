using Ledger.Domain.Evidence;

namespace Ledger.Domain.Artifacts;

/// <summary>The file of an artifact holds other bytes than its address says.</summary>
public sealed class CorruptArtifact(ContentHash hash, string path, ContentHash found)
    : CorruptEvidence(
        "corrupt-artifact",
        $"The artifact {path} is damaged: its bytes have the digest {found}, expected {hash}. "
        + "Move that file away, then restore it from a copy, or compute it again with a replay of the run that made it.")
{
    public ContentHash Hash { get; } = hash;

    public string Path { get; } = path;

    public ContentHash Found { get; } = found;
}

/// <summary>An artifact that the ledger refers to is not in the store.</summary>
public sealed class MissingArtifact(ContentHash hash, string path)
    : CorruptEvidence(
        "missing-artifact",
        $"The artifact {hash} is missing: there is no file {path}. "
        + "Copy it there from another store of the same ledger, or compute it again with a replay of the run that made it.")
{
    public ContentHash Hash { get; } = hash;

    public string Path { get; } = path;
}

/// <summary>The disk or quota under the store is used up. Nothing was stored; the run can be resumed. Exit code 1.</summary>
public sealed class ArtifactStoreFull(string folder, IOException cause)
    : LedgerException(
        Word,
        1,
        $"There is no room for more under {folder} ({cause.Message}). Make room, then give the command again: it goes on where it stopped.",
        cause)
{
    public const string Word = "artifact-store-full";

    // The error numbers of Linux and macOS for a full disk and a used-up quota.
    private static readonly int[] NoSpace = [28, 122, 69];

    /// <summary>Whether an error says that there is no room.</summary>
    public static bool Is(IOException error) => NoSpace.Contains(error.HResult);

    public string Folder { get; } = folder;
}
