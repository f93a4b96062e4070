using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Status;

/// <summary>Where the ledger stands.</summary>
public sealed record LedgerStatus : IRequest<LedgerState>
{
    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<LedgerStatus, LedgerState>
    {
        public async Task<LedgerState> Handle(LedgerStatus request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            var totals = (await reading.Read<Totals>(Sql, cancellationToken))[0];
            var experiments = await reading.Read<ExperimentState>(Experiments, cancellationToken);
            var seal = await reading.Read<SealState>(Seal, cancellationToken);
            var verified = await reading.Read<LastVerification>(LastWhole, cancellationToken);
            return new LedgerState(
                totals.Origin, totals.SchemaVersion, reading.Position, totals.RecordedAt, totals.Unpositioned, totals.Artifacts, totals.ArtifactBytes,
                experiments.Count, experiments.Sum(e => e.Runs), experiments,
                seal is [var latest] ? latest : null, verified is [var last] ? last : null);
        }

        private const string Sql = """
            select (select origin from ledger_log.origin) as origin,
                   (select max(version) from ledger_log.schema_versions) as schema_version,
                   (select max(recorded_at) from ledger_log.log) as recorded_at,
                   (select count(*) from ledger.mt_events e where not exists (select from ledger_log.log l where l.seq_id = e.seq_id)) as unpositioned,
                   count(*) as artifacts, coalesce(sum(bytes), 0)::bigint as artifact_bytes
            from (select distinct digest, bytes from results.artifacts a) distinct_artifacts
            """;

        private const string Seal =
            "select s.size, s.key_id as key, s.sealed_at from ledger_log.seals s join ledger_log.origin o on o.origin = s.origin order by s.size desc, s.sealed_at desc limit 1";

        private const string LastWhole = """
            select (e.data->>'position')::bigint as position, (e.data->>'findings')::integer as findings, l.recorded_at
            from ledger_log.log l join ledger.mt_events e on e.seq_id = l.seq_id join ledger_log.origin o on l.stream = 'ledger/' || o.origin
            where l.type = 'ledger.verified.v1' and e.data->'whole' = 'true' order by l.position desc limit 1
            """;

        private const string Experiments = """
            select e.experiment, e.slug, e.state, e.registered_at, count(r.run)::integer as runs,
                   count(*) filter (where r.state = 'planned')::integer as planned, count(*) filter (where r.state = 'running')::integer as running,
                   count(*) filter (where r.state = 'paused')::integer as paused, count(*) filter (where r.state = 'completed')::integer as completed,
                   count(*) filter (where r.state = 'failed')::integer as failed, count(*) filter (where r.state = 'cancelled')::integer as cancelled
            from results.experiments e left join results.runs r on r.experiment = e.experiment
            group by e.experiment, e.slug, e.state, e.registered_at, e.position_from order by e.position_from
            """;
    }

    private sealed record Totals(string Origin, int SchemaVersion, DateTimeOffset? RecordedAt, long Unpositioned, long Artifacts, long ArtifactBytes);
}

/// <param name="Origin">This ledger's own ULID.</param>
/// <param name="Position">Its head.</param>
/// <param name="RecordedAt">When the last event got its position; null for an empty ledger.</param>
/// <param name="Unpositioned">Events recorded that have no position yet.</param>
/// <param name="Sealed">Its latest seal; null when there is none.</param>
/// <param name="Verified">The last verification that read everything; null when there was none.</param>
/// <param name="Artifacts">Different artifacts named by events; some may have been released since.</param>
public sealed record LedgerState(
    string Origin, int SchemaVersion, long Position, DateTimeOffset? RecordedAt, long Unpositioned, long Artifacts, long ArtifactBytes,
    int ExperimentCount, int RunCount, IReadOnlyList<ExperimentState> Experiments, SealState? Sealed, LastVerification? Verified);

/// <param name="Size">Events sealed.</param>
/// <param name="SealedAt">The server's clock.</param>
public sealed record SealState(long Size, string Key, DateTimeOffset SealedAt);

/// <param name="Position">The ledger's head then.</param>
/// <param name="Findings">What was broken or doubtful.</param>
/// <param name="RecordedAt">When.</param>
public sealed record LastVerification(long Position, int Findings, DateTimeOffset RecordedAt);

/// <summary>An experiment and its runs by state.</summary>
public sealed record ExperimentState(
    string Experiment, string Slug, string State, DateTimeOffset RegisteredAt, int Runs, int Planned, int Running, int Paused, int Completed, int Failed, int Cancelled);
