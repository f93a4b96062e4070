using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>
/// Holds the rows of events, streams and the log against each other: everything that can be asked in SQL and is not in a leaf of the tree,
/// or would be missed by looking at events one by one. Needs SELECT and nothing else.
/// </summary>
internal static class LogAudit
{
    // Each gives position, event id, subject, expected, found. $1, $2: wire names and their .NET types.
    private static readonly IReadOnlyList<(Severity Severity, string Code, string Sql)> Questions =
    [
        (Severity.Broken, "missing-event", """
            select l.position, l.event_id, l.stream || ' version ' || l.version, l.type, 'no event'
            from ledger_log.log l left join ledger.mt_events e on e.seq_id = l.seq_id where e.seq_id is null
            """),
        (Severity.Broken, "missing-event", """
            select null::bigint, i.event_id, 'position ' || i.position || ' of imported ledger ' || i.origin, 'its event', 'no event'
            from ledger_log.imported_log i where not exists (select from ledger.mt_events e where e.id = i.event_id)
            """),
        (Severity.Broken, "unlogged-event", """
            select null::bigint, e.id, e.stream_id || ' version ' || e.version || ', ' || e.type, 'a position, or a number known to be open', 'neither: it came past the log'
            from ledger.mt_events e
            where e.seq_id <= (select max(seq_id) from ledger_log.log)
              and not exists (select from ledger_log.log l where l.seq_id = e.seq_id) and not exists (select from ledger_log.holes h where h.seq_id = e.seq_id)
            """),
        (Severity.Note, "not-positioned", """
            select null::bigint, null::uuid, 'events without position', '0', count(*)::text
            from ledger.mt_events e where not exists (select from ledger_log.log l where l.seq_id = e.seq_id) having count(*) > 0
            """),
        (Severity.Broken, "log-columns", """
            select l.position, e.id, e.stream_id || ' version ' || e.version,
                   concat_ws(' ', e.id, e.stream_id, e.version, e.type), concat_ws(' ', l.event_id, l.stream, l.version, l.type) || ' in the log'
            from ledger_log.log l join ledger.mt_events e on e.seq_id = l.seq_id
            where (l.event_id, l.stream, l.version, l.type) is distinct from (e.id, e.stream_id, e.version, e.type)
            """),
        (Severity.Broken, "event-columns", """
            select l.position, e.id, e.stream_id || ' version ' || e.version, 'tenant *DEFAULT*, not archived, no binary data',
                   format('tenant %s, archived %s, binary data %s', e.tenant_id, e.is_archived, e.bdata is not null)
            from ledger.mt_events e left join ledger_log.log l on l.seq_id = e.seq_id
            where (e.tenant_id, e.is_archived) is distinct from ('*DEFAULT*', false) or e.bdata is not null
            """),
        (Severity.Broken, "dotnet-type", """
            select l.position, e.id, e.stream_id || ' version ' || e.version, t.dotnet, e.mt_dotnet_type
            from ledger.mt_events e join unnest($1::text[], $2::text[]) t(name, dotnet) on t.name = e.type left join ledger_log.log l on l.seq_id = e.seq_id
            where e.mt_dotnet_type is distinct from t.dotnet
            """),
        (Severity.Broken, "position-gap", """
            select position, null::uuid, 'the log', 'position ' || before + 1, 'position ' || position
            from (select position, lag(position, 1, 0::bigint) over (order by position) as before from ledger_log.log) l where position <> before + 1
            """),
        (Severity.Broken, "recorded-backwards", """
            select position, event_id, stream || ' version ' || version, 'recorded at or after ' || before, recorded_at::text
            from (select *, lag(recorded_at) over (order by position) as before from ledger_log.log) l where recorded_at < before
            """),
        (Severity.Broken, "vanished-number", """
            select null::bigint, null::uuid, 'numbers of events', 'each with a position or known to be open', format('%s to %s are neither', before + 1, seq_id - 1)
            from (select seq_id, lag(seq_id, 1, 0::bigint) over (order by seq_id) as before
                  from (select seq_id from ledger_log.log union select seq_id from ledger_log.holes) numbers) n where seq_id > before + 1
            """),
        (Severity.Broken, "stream-versions", """
            select null::bigint, null::uuid, coalesce(s.id, e.stream_id), 'versions 1 to ' || coalesce(s.version::text, '?, of a stream that is not there'),
                   case when e.n is null then 'no event' else format('%s events, versions %s to %s', e.n, e.low, e.high) end
            from ledger.mt_streams s
            full join (select stream_id, count(*) as n, min(version) as low, max(version) as high from ledger.mt_events group by stream_id) e on e.stream_id = s.id
            where (e.n, e.low, e.high) is distinct from (s.version, 1::bigint, s.version) and s.id is distinct from 'mt_tombstone'
            """),
        (Severity.Broken, "tombstone", """
            select l.position, e.id, e.stream_id || ' version ' || e.version, 'an empty event of type tombstone in stream mt_tombstone, its version its number ' || e.seq_id,
                   concat_ws(', ', e.type, e.mt_dotnet_type, e.data)
            from ledger.mt_events e left join ledger_log.log l on l.seq_id = e.seq_id
            where (e.stream_id = 'mt_tombstone' or e.type = 'tombstone') and (e.stream_id, e.type, e.mt_dotnet_type, e.version, e.data, num_nonnulls(e.correlation_id, e.causation_id, e.headers, e.user_name))
                is distinct from ('mt_tombstone', 'tombstone', 'JasperFx.Events.Tombstone, JasperFx.Events', e.seq_id, '{}'::jsonb, 0)
            union all
            select null, null, s.id, 'version 0', 'version ' || s.version from ledger.mt_streams s where s.id = 'mt_tombstone' and s.version <> 0
            """),
        (Severity.Broken, "version-order", """
            select position, event_id, stream || ' version ' || version, 'version ' || before + 1 || ' here', 'version ' || version
            from (select *, lag(version, 1, 0::bigint) over (partition by stream order by position) as before from ledger_log.log where stream <> 'mt_tombstone') l where version <> before + 1
            """),
        (Severity.Broken, "stream-columns", """
            select null::bigint, null::uuid, s.id, 'tenant *DEFAULT*, not archived, not compacted, no type',
                   format('tenant %s, archived %s, compacted to %s, type %s', s.tenant_id, s.is_archived, s.compacted_version, coalesce(s.type, 'none'))
            from ledger.mt_streams s where (s.tenant_id, s.is_archived, s.compacted_version) is distinct from ('*DEFAULT*', false, 0::bigint) or s.type is not null
            """),
        (Severity.Broken, "stream-beginning", """
            select l.position, l.event_id, l.stream, f.first, l.type
            from ledger_log.log l join (values ('run/', 'run.planned'), ('experiment/', 'experiment.registered'), ('ledger/', 'ledger.founded')) f(kind, first)
              on starts_with(l.stream, f.kind)
            where l.version = 1 and not starts_with(l.type, f.first || '.')
            """),
        (Severity.Broken, "after-the-end", """
            select n.position, n.event_id, n.stream || ' version ' || n.version, 'nothing after ' || l.type, n.type
            from ledger_log.log l join ledger_log.log n on n.stream = l.stream and n.version = l.version + 1
            where l.type like any (array['run.completed.%', 'run.failed.%', 'run.cancelled.%', 'experiment.withdrawn.%'])
            """),
        (Severity.Broken, "reused-source", """
            select l.position, e.id, e.stream_id || ' ' || (e.data->>'step'),
                   format('step %s of run %s with key %s', e.data->>'sourceStep', e.data->>'sourceRun', e.data->>'key'), 'none'
            from ledger.mt_events e join ledger_log.log l on l.seq_id = e.seq_id
            where l.type = 'run.step_reused.v1' and not exists (
                select from ledger.mt_events s where s.stream_id = 'run/' || (e.data->>'sourceRun') and s.type = 'run.step_started.v1'
                  and s.data->>'step' = e.data->>'sourceStep' and s.data->>'key' = e.data->>'key')
            """),
        (Severity.Broken, "planned-before-registered", """
            select l.position, e.id, e.stream_id, 'a plan after its experiment was registered', 'no such experiment before it'
            from ledger.mt_events e join ledger_log.log l on l.seq_id = e.seq_id
            where l.type = 'run.planned.v1' and not exists (
                select from ledger_log.log r where r.stream = 'experiment/' || (e.data->>'experiment') and r.version = 1 and r.position < l.position)
            """),
        (Severity.Note, "begun-before-sealed", """
            select min(planned), null::uuid, 'plans of runs', 'a seal over each before its first step', count(*) || ' runs without one'
            from (select l.stream, min(l.position) filter (where l.type like 'run.planned.%') as planned, min(l.position) filter (where l.type like 'run.step_started.%') as begun
                  from ledger_log.log l where l.type like any (array['run.planned.%', 'run.step_started.%']) and l.stream not in (
                      select e.stream_id from ledger_log.imported_log i join ledger.mt_events e on e.id = i.event_id where not i.began_here)
                  group by l.stream) runs
            where begun is not null and not exists (
                select from ledger_log.seals s join ledger_log.origin o on o.origin = s.origin where s.size >= planned and s.size < begun)
            having count(*) > 0
            """),
    ];

    /// <summary>At most this many findings of one kind; there may be more.</summary>
    public const int Most = 1000;

    public static async Task<IReadOnlyList<Finding>> Of(NpgsqlConnection connection, CancellationToken stop)
    {
        var findings = new List<Finding>();
        var names = EventNames.All.Select(name => name.Value).ToArray();
        var types = EventNames.All.Select(name => EventNames.DotNetType(name.Key)).ToArray();
        foreach (var (severity, code, sql) in Questions)
        {
            object[] values = sql.Contains("$1", StringComparison.Ordinal) ? [names, types] : [];
            findings.AddRange(await connection.Rows($"{sql} limit {Most}", row => Read(row, severity, code), stop, values));
        }

        return findings;
    }

    private static Finding Read(NpgsqlDataReader row, Severity severity, string code) => new(
        severity, code, row.GetString(2), row.GetString(3), row.IsDBNull(4) ? "nothing" : row.GetString(4),
        row.IsDBNull(0) ? null : row.GetInt64(0), row.IsDBNull(1) ? null : row.GetGuid(1));
}
