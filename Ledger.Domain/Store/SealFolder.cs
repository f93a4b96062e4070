using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence.Seals;

namespace Ledger.Domain.Store;

/// <summary>
/// Seals as files, <c>seals/&lt;origin&gt;/&lt;size&gt;.&lt;key&gt;.seal</c>, beside the artifacts: whoever changes the database without changing these
/// is found out. A file is never changed; one that is there stays.
/// </summary>
/// <param name="folder">Root of the artifact store.</param>
public sealed class SealFolder(string folder)
{
    private readonly string _seals = Path.Combine(folder, "seals");

    public string Of(string origin) => Path.Combine(_seals, origin);

    /// <summary>Writes the seal so that it outlives a power cut.</summary>
    /// <param name="origin">ULID of the ledger.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="ArtifactStoreFull">There is no room.</exception>
    /// <exception cref="OtherSeal">Another seal stands there.</exception>
    public string Write(string origin, Seal seal)
    {
        string path = Path.Combine(Of(origin), NameOf(seal));
        Keep(path, seal);
        return path;
    }

    /// <summary>Puts a seal into a file, and never another in its place.</summary>
    /// <exception cref="ArtifactStoreFull">There is no room.</exception>
    /// <exception cref="OtherSeal">Another seal stands there.</exception>
    public static void Keep(string path, Seal seal)
    {
        if (!File.Exists(path))
            DurableFiles.Write(path, System.Text.Encoding.UTF8.GetBytes(seal.Text));
        else if (File.ReadAllText(path) != seal.Text)
            throw new OtherSeal(path, seal.Head);
    }

    /// <summary>Name of a seal's file.</summary>
    public static string NameOf(Seal seal) => $"{seal.Head.Size:d12}.{seal.Signatures[0].KeyId}.seal";

    /// <summary>The seals of all ledgers as they are there now.</summary>
    public ILookup<string, SealFile> Read() =>
        (Directory.Exists(_seals) ? Directory.GetDirectories(_seals).Select(Path.GetFileName).OfType<string>() : [])
            .SelectMany(origin => Files(origin).Select(path => (Origin: origin, File: new SealFile(path, File.ReadAllText(path))))).ToLookup(one => one.Origin, one => one.File);

    /// <summary>Paths of the seals there, by size.</summary>
    public IReadOnlyList<string> Files(string origin) =>
        Directory.Exists(Of(origin)) ? [.. Directory.EnumerateFiles(Of(origin), "*.seal").Order(StringComparer.Ordinal)] : [];
}

/// <param name="Text">What stands in it, a seal or not.</param>
public sealed record SealFile(string Path, string Text);

/// <summary>Where a seal is kept another stands: the ledger or the file was changed, or there are two histories.</summary>
public sealed class OtherSeal(string path, TreeHead head) : CorruptEvidence(
    "other-seal",
    $"{path} seals another history: it is not the seal of {head.Size} events under root {head.Root.Short}… that the ledger has. Keep both, and see what 'ledger verify' finds.");
