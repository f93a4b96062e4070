using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Audit;
using Ledger.Query.Results;

namespace Ledger.Query.Evidence;

/// <summary>An artifact as the first event that names it does.</summary>
/// <param name="Released">When and why its bytes were freed; null where they were not.</param>
internal sealed record NamedArtifact(string Digest, long Bytes, long Position, string Run, string Role, string? Released);

/// <summary>Reads every artifact that an event names: there, with its digest and size; or released, and then nothing is missing.</summary>
internal static class ArtifactAudit
{
    public static Task<IReadOnlyList<NamedArtifact>> Named(Reading reading, CancellationToken stop) => reading.Read<NamedArtifact>(
        """
        select a.digest, a.bytes, a.position, a.run, a.role, r.reason as released
        from (select distinct on (digest) * from results.artifacts order by digest, position) a
        left join (select distinct on (digest) digest, reason from results.reviews where said = 'artifact_released' order by digest, position) r on r.digest = a.digest
        order by a.position, a.role
        """,
        stop);

    /// <param name="done">Told of bytes read.</param>
    public static async Task<ArtifactFindings> Of(ArtifactStore store, IReadOnlyList<NamedArtifact> named, Action<long> done, CancellationToken stop)
    {
        if (named.Count > 0 && !Directory.Exists(Path.Combine(store.Folder, "objects")))
            return new ArtifactFindings([Finding.Doubt("no-artifact-store", store.Folder, $"{named.Count} artifacts", "no artifact store; none was looked at")], 0, 0, 0);
        var findings = new Finding?[named.Count];
        long bytes = 0, released = 0;
        await Parallel.ForAsync(0, named.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop }, (i, _) =>
        {
            var artifact = named[i];
            if (artifact.Released is not null && ContentHash.TryParse(artifact.Digest, out var hash) && !store.Has(hash))
                Interlocked.Increment(ref released);
            else if ((findings[i] = Look(store, artifact)) is null)
            {
                Interlocked.Add(ref bytes, artifact.Bytes);
                done(artifact.Bytes);
            }

            return ValueTask.CompletedTask;
        });
        return new ArtifactFindings([.. findings.OfType<Finding>()], named.Count - (int)released, bytes, (int)released);
    }

    private static Finding? Look(ArtifactStore store, NamedArtifact artifact)
    {
        string subject = $"{artifact.Role} of run {artifact.Run}, artifact {artifact.Digest}";
        Finding Broken(string code, string expected, string found) => Finding.Broken(code, subject, expected, found, artifact.Position);
        if (!ContentHash.TryParse(artifact.Digest, out var hash))
            return Broken("artifact-digest", "a SHA-256 digest", artifact.Digest);
        try
        {
            store.Verify(hash);
            return store.Size(hash) == artifact.Bytes ? null : Broken("artifact-size", $"{artifact.Bytes} bytes", $"{store.Size(hash)}");
        }
        catch (CorruptArtifact corrupt)
        {
            return Broken(corrupt.Code, $"bytes with the digest {corrupt.Hash}", $"{corrupt.Path} with {corrupt.Found}");
        }
        catch (MissingArtifact missing)
        {
            return Broken(missing.Code, $"a file {missing.Path}", "none, and it was not released");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return Finding.Doubt("unreadable-artifact", subject, "a file that can be read", unreadable.Message, artifact.Position);
        }
    }
}

/// <param name="Read">Artifacts looked at.</param>
/// <param name="Bytes">Of those that are sound.</param>
/// <param name="Released">Artifacts whose bytes were freed, and are gone.</param>
internal sealed record ArtifactFindings(IReadOnlyList<Finding> Findings, int Read, long Bytes, int Released);
