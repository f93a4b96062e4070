using System.Globalization;
using System.Text.RegularExpressions;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;

namespace Ledger.Runner.Training.Checkpoints;

/// <summary>
/// A checkpoint on disk: <c>epoch-000012-&lt;sha256 of the file&gt;.safetensors</c>, with the digest of the network's state in its metadata. Help
/// for going on, not evidence: it is no artifact, and deleted when its step has come to its end.
/// </summary>
/// <param name="Epoch">The last one it contains, from 1.</param>
public sealed partial record CheckpointFile(string Path, int Epoch, ContentHash Hash)
{
    private const string StateDigest = "state_digest";

    /// <summary>Those in a folder, the newest first; none when there is no such folder.</summary>
    public static IReadOnlyList<CheckpointFile> In(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder).Select(Of).OfType<CheckpointFile>().OrderByDescending(file => file.Epoch),
    ];

    /// <summary>Writes it so that it is there as a whole or not at all, and keeps those before it back to one whose epoch is sure to be recorded.</summary>
    /// <param name="digest">Of the network's state, as in the epoch's event.</param>
    /// <param name="recorded">The last epoch that is sure to be in the ledger.</param>
    public static void Write(string folder, int epoch, ContentHash digest, IReadOnlyList<NamedTensor> state, int recorded)
    {
        Directory.CreateDirectory(folder);
        var bytes = SafeTensors.Write(state, new Dictionary<string, string>(StringComparer.Ordinal) { [StateDigest] = digest.ToString() });
        var name = string.Create(CultureInfo.InvariantCulture, $"epoch-{epoch:000000}-{ContentHash.Of(bytes)}.safetensors");
        var temporary = System.IO.Path.Combine(folder, $"{name}.tmp");
        try
        {
            using (var file = File.Create(temporary))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, System.IO.Path.Combine(folder, name), overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        DurableFiles.FlushFolder(folder);
        foreach (var old in In(folder).Where(file => file.Epoch <= recorded).Skip(1))
            File.Delete(old.Path);
    }

    /// <summary>The state and the digest of the network in it; null when the file is not whole, not what its name says, or no checkpoint.</summary>
    public (IReadOnlyList<NamedTensor> State, string Digest)? Read()
    {
        var bytes = File.ReadAllBytes(Path);
        if (ContentHash.Of(bytes) != Hash)
            return null;
        try
        {
            var file = SafeTensors.Read(bytes);
            return file.Metadata.TryGetValue(StateDigest, out var digest) ? (file.Tensors, digest) : null;
        }
        catch (CorruptSafeTensors)
        {
            return null;
        }
    }

    private static CheckpointFile? Of(string path) => Name().Match(System.IO.Path.GetFileName(path)) is { Success: true } match
        ? new CheckpointFile(path, int.Parse(match.Groups["epoch"].ValueSpan, CultureInfo.InvariantCulture), ContentHash.Parse(match.Groups["hash"].Value))
        : null;

    [GeneratedRegex(@"\Aepoch-(?<epoch>[0-9]{6,9})-(?<hash>[0-9a-f]{64})\.safetensors\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
