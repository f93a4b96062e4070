using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>The parts of a verification one after the other, each told apart so that what one cannot read does not hide the others' findings.</summary>
internal sealed class LedgerAudit(NpgsqlDataSource source, LedgerPlace place, VerifyProgress progress)
{
    private readonly List<Finding> _findings = [];

    public async Task<Verification> Run(AuditScope scope, HeldSeal? witness, IReadOnlyList<VerifierKey> trusted, CancellationToken stop)
    {
        long began = Stopwatch.GetTimestamp();
        // A seal gets its file after its row: what is a file now must be in the database as it is read from here on, however much is sealed meanwhile.
        var files = new SealFolder(place.ArtifactFolder).Read();
        await using var reading = await Reading.Open(source, null, stop, fold: false);
        string origin = await reading.Connection.Scalar<string>("select origin from ledger_log.origin", stop);
        progress.Begin("rows of the log");
        await Part("the log", reading, async () => _findings.AddRange(await LogAudit.Of(reading.Connection, stop)), stop);

        var (events, seals, sealedSize) = (0L, 0, 0L);
        var logs = await AuditedLog.All(reading.Connection, origin, reading.Position, stop);
        // A seal of none of them is held against the ledger's own, which says so.
        var witnessed = witness is null ? null : logs.FirstOrDefault(log => $"ledger/{log.Origin}" == Seal.Parse(witness.Text).Head.Origin) ?? logs[0];
        foreach (var log in logs)
        {
            await Part($"the log of {log.Origin}", reading, async () =>
            {
                var audit = new SealedLogAudit(source, reading.Connection, log, [.. files[log.Origin]], place.ArtifactFolder, progress);
                var found = await audit.Of(log == witnessed ? scope : scope with { Since = 0 }, log == witnessed ? witness : null, trusted, stop);
                _findings.AddRange(found.Findings);
                (events, seals, sealedSize) = (events + found.Read, seals + found.Seals, log.IsOwn ? found.Sealed : sealedSize);
            }, stop);
        }

        var (artifacts, tables) = (new ArtifactFindings([], 0, 0, 0), 0);
        await Part("artifacts", reading, async () => artifacts = await Artifacts(reading, scope, stop), stop);
        await Part("results tables", reading, async () => tables = await Tables(reading, stop), stop);
        return new Verification(
            origin, reading.Position, sealedSize, scope.IsWhole, events, seals, artifacts.Read, artifacts.Bytes, artifacts.Released, tables,
            Stopwatch.GetElapsedTime(began).TotalSeconds,
            [.. _findings.OrderByDescending(finding => finding.Severity).ThenBy(finding => finding.Position ?? long.MaxValue).ThenBy(finding => finding.Code, StringComparer.Ordinal)]);
    }

    private async Task<ArtifactFindings> Artifacts(Reading reading, AuditScope scope, CancellationToken stop)
    {
        var store = new ArtifactStore(place.ArtifactFolder);
        var named = scope.Of(await ArtifactAudit.Named(reading, stop));
        progress.Begin("artifacts", named.Sum(artifact => artifact.Bytes), "B");
        var found = await ArtifactAudit.Of(store, named, progress.Add, stop);
        _findings.AddRange(found.Findings);
        progress.Begin("outcomes");
        var looked = named.Select(artifact => artifact.Digest).ToHashSet(StringComparer.Ordinal);
        _findings.AddRange(await OutcomeAudit.Of(reading, store, looked.Contains, stop));
        return found;
    }

    private async Task<int> Tables(Reading reading, CancellationToken stop)
    {
        if (await reading.Connection.Scalar<object>("select to_regclass('results.progress')::text", stop) is null)
            return 0;
        progress.Begin("results tables");
        _findings.AddRange((await TableFindings.Of(reading.Connection, stop)).Select(row => Finding.Broken(
            "results-row", $"results.{row.Table} {row.Key}", row.Expected is null ? "no such row" : Different(row, expected: true), row.Found is null ? "no such row" : Different(row, expected: false))));
        return Definitions.All.Count(table => table.Kind != TableKind.View);
    }

    private static string Different(TableFinding row, bool expected) => row.Expected is null || row.Found is null
        ? "a row"
        : string.Join(", ", row.Differences().Select(difference => $"{difference.Path} {(expected ? difference.Mine : difference.Theirs)}"));

    /// <summary>What the database refuses to read is a finding: a payload that is no longer what a definition can take, a column that is gone.</summary>
    private async Task Part(string what, Reading reading, Func<Task> look, CancellationToken stop)
    {
        await reading.Connection.Execute("savepoint part", stop);
        try
        {
            await look();
        }
        catch (PostgresException unreadable) when (unreadable.SqlState[..2] is "22" or "23" or "42" && unreadable.SqlState != PostgresErrorCodes.InsufficientPrivilege)
        {
            await reading.Connection.Execute("rollback to savepoint part", stop);
            _findings.Add(Finding.Broken("not-readable", what, "rows that can be read", $"{unreadable.MessageText} ({unreadable.SqlState})"));
        }
    }
}
