using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Origin;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>A log in the database: the ledger's own, or one that was imported.</summary>
/// <param name="Head">Its last position, or the size of its last seal where that is greater.</param>
internal sealed record AuditedLog(string Origin, bool IsOwn, long Head)
{
    public static async Task<IReadOnlyList<AuditedLog>> All(NpgsqlConnection connection, string own, long head, CancellationToken stop) =>
    [
        new(own, true, head),
        .. await connection.Rows(
            """
            select origin, max(head) from (
                select origin, max(position) as head from ledger_log.imported_log group by origin
                union all select origin, max(size) from ledger_log.seals group by origin) logs
            where origin <> $1 group by origin order by origin
            """,
            row => new AuditedLog(row.GetString(0), false, row.GetInt64(1)), stop, own),
    ];
}

/// <summary>Holds one log's events, tree, seals, seal files and keys against each other.</summary>
/// <param name="files">Seals that were there as files before the database was looked at.</param>
internal sealed class SealedLogAudit(
    NpgsqlDataSource source, NpgsqlConnection connection, AuditedLog log, IReadOnlyList<SealFile> files, string artifactFolder, VerifyProgress progress)
{
    public async Task<SealedLogFindings> Of(AuditScope scope, HeldSeal? witness, IReadOnlyList<VerifierKey> trusted, CancellationToken stop)
    {
        var stored = await StoredSeals.All(connection, log.Origin, stop);
        var held = Held(stored, witness).ToList();
        var seals = held.Select(one => Seal.TryParse(one.Text, out var seal, out _) ? seal : null).OfType<Seal>().ToList();
        var latest = stored.Count > 0 ? stored[^1] : null;
        var keys = await Keys(stop);

        progress.Begin(log.IsOwn ? "events" : $"events of {log.Origin}", log.Head - scope.Since);
        var tree = await new TreeAudit(source, log.Origin, log.IsOwn, latest).Of(
            log.Head, seals.Select(seal => seal.Head.Size).ToHashSet(), scope.Since, scope.Chunks(log.Head), n => progress.Add(n), stop);
        List<Finding> findings =
        [
            .. tree.Findings,
            .. stored.SelectMany(Columns),
            .. new SealAudit(log.Origin, keys, tree.Roots, log.IsOwn ? log.Head : Math.Max(log.Head, tree.Size)).Of(held),
            .. await TileAudit.Of(connection, log.Origin, latest?.Size ?? 0, stop),
            .. Files(stored),
            .. log.IsOwn ? SealTrust.Of(trusted, keys, seals) : [],
            .. Unsealed(latest),
        ];
        return new SealedLogFindings([.. findings.Select(finding => log.IsOwn ? finding : finding with { Origin = log.Origin })], tree.Read, held.Count, latest?.Size ?? 0);
    }

    private IEnumerable<HeldSeal> Held(IReadOnlyList<StoredSeal> stored, HeldSeal? witness)
    {
        foreach (var seal in stored)
            yield return new HeldSeal($"seal {seal.Size} {seal.KeyId} in the database", seal.Note, IsStored: true);
        var known = stored.Select(seal => seal.Note).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, text) in files.Where(file => !known.Contains(file.Text)))
            yield return new HeldSeal(path, text, IsStored: false);
        if (witness is not null)
            yield return witness;
    }

    /// <summary>The database and the files beside the artifacts must hold the same seals.</summary>
    private IEnumerable<Finding> Files(IReadOnlyList<StoredSeal> stored)
    {
        var notes = stored.Select(seal => seal.Note).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, _) in files.Where(file => !notes.Contains(file.Text)))
            yield return Finding.Broken("seal-not-stored", path, "the same seal in the database", "none");
        // The file of a seal comes after its row: the other way round it is asked of what is there now.
        var texts = new SealFolder(artifactFolder).Files(log.Origin).Select(File.ReadAllText).ToHashSet(StringComparer.Ordinal);
        if (texts.Count > 0 || stored.Count == 0)
        {
            foreach (var seal in stored.Where(seal => !texts.Contains(seal.Note)))
                yield return Finding.Doubt("seal-without-file", $"seal {seal.Size} {seal.KeyId}", "a file with it beside the artifacts", "none", seal.Size);
        }
        else
            yield return Finding.Doubt("no-seal-files", new SealFolder(artifactFolder).Of(log.Origin), $"{stored.Count} files of seals", "none");
    }

    private static IEnumerable<Finding> Columns(StoredSeal stored)
    {
        if (Seal.TryParse(stored.Note, out var seal, out _)
            && (seal.Head.Size, seal.Head.Root, seal.Signatures[0].KeyId) is var note && note != (stored.Size, stored.Root, stored.KeyId))
        {
            yield return Finding.Broken(
                "seal-columns", $"seal {stored.Size} {stored.KeyId} in the database", $"size {note.Size}, root {note.Root}, key {note.KeyId}, as its note says",
                $"size {stored.Size}, root {stored.Root}, key {stored.KeyId}", stored.Size);
        }
    }

    private IEnumerable<Finding> Unsealed(StoredSeal? latest)
    {
        if (log.IsOwn && log.Head > (latest?.Size ?? 0))
            yield return Finding.Note("not-sealed", $"positions {(latest?.Size ?? 0) + 1} to {log.Head}", "a seal over them", "none yet: 'ledger seal'", (latest?.Size ?? 0) + 1);
    }

    private async Task<IReadOnlyList<PositionedKey>> Keys(CancellationToken stop)
    {
        string from = log.IsOwn ? "ledger_log.log l on l.seq_id = e.seq_id" : "ledger_log.imported_log l on l.event_id = e.id and l.origin = $2";
        var introduced = await connection.Rows(
            $"""
            select l.position, e.version, e.data->>'keyId', e.data->>'publicKey', e.data->>'replaces'
            from ledger.mt_events e join {from} where e.stream_id = $1 and e.type = 'ledger.key_introduced.v1' order by e.version
            """,
            row => (Position: row.GetInt64(0), Version: row.GetInt64(1), Event: new KeyIntroduced(row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4))),
            stop, log.IsOwn ? [$"ledger/{log.Origin}"] : [$"ledger/{log.Origin}", log.Origin]);
        var keys = SealKeys.Of(log.Origin, introduced.Select(one => (one.Version, one.Event)));
        return [.. keys.Zip(introduced, (key, one) => new PositionedKey(key, one.Position))];
    }
}

/// <param name="Read">Events read.</param>
/// <param name="Seals">Seals checked.</param>
/// <param name="Sealed">Size of the latest in the database.</param>
internal sealed record SealedLogFindings(IReadOnlyList<Finding> Findings, long Read, int Seals, long Sealed);
