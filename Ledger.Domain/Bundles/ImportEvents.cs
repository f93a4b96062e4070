using Npgsql;

namespace Ledger.Domain.Bundles;

/// <param name="Events">Events that are new here.</param>
/// <param name="Known">Events that stood here already, the same in every field.</param>
public sealed record ImportedEvents(long Events, long Known);

/// <summary>
/// Puts the events of a checked bundle into a ledger, with their ids, versions and claimed times, in one transaction: all or none. What stands there already is
/// recognised; anything that contradicts it is refused. Positions are given afterwards, as to all events.
/// </summary>
public static class ImportEvents
{
    private static readonly (string Code, string Sql)[] Contradictions =
    [
        ("other-event", """
            select format('event %s is %s version %s here, and %s version %s there', i.id, e.stream_id, e.version, i.stream_id, i.version)
            from incoming i join ledger.mt_events e on e.id = i.id
            where (e.stream_id, e.version, e.type, e.timestamp, e.data, e.correlation_id, e.causation_id, e.headers, e.user_name)
                is distinct from (i.stream_id, i.version, i.type, i.timestamp, i.data, i.correlation_id, i.causation_id, i.headers, i.user_name)
            """),
        ("other-history", """
            select format('version %s of %s is another event here', i.version, i.stream_id)
            from incoming i join ledger.mt_events e on e.stream_id = i.stream_id and e.version = i.version where e.id <> i.id
            """),
        ("other-place", """
            select format('position %s of ledger %s is another event here', p.position, p.origin)
            from incoming_place p join ledger_log.imported_log i on i.origin = p.origin and i.position = p.position
            where (i.event_id, i.recorded_at) is distinct from (p.event_id, p.recorded_at)
            """),
        ("own-events", """
            select format('position %s of this ledger''s own log is not here', p.position)
            from incoming_place p join ledger_log.origin o on o.origin = p.origin
            where not exists (select from ledger_log.log l where l.position = p.position and l.event_id = p.event_id and l.recorded_at = p.recorded_at)
            """),
        ("own-stream", """
            select format('%s is a stream of this ledger, and version %s would be added to it', i.stream_id, i.version)
            from incoming i
            where not exists (select from ledger.mt_events e where e.id = i.id)
              and (i.stream_id = (select 'ledger/' || origin from ledger_log.origin) or exists (
                  select from ledger.mt_events e where e.stream_id = i.stream_id and not exists (select from ledger_log.imported_log l where l.event_id = e.id and not l.began_here)))
            """),
        ("other-tree", """
            select format('tile %s of ledger %s is another here', t.index, t.origin)
            from incoming_tile i join ledger_log.tiles t using (origin, level, index) where t.hashes <> i.hashes
            """),
        ("other-seal", """
            select format('ledger %s was sealed otherwise at size %s here', s.origin, s.size)
            from ledger_log.seals s join incoming_seal i on i.origin = s.origin and i.size = s.size and i.key_id = s.key_id where i.note <> s.note
            """),
    ];

    private const string Insert =
        """
        insert into ledger_log.imported_log (origin, position, event_id, recorded_at, began_here)
        select p.origin, p.position, p.event_id, p.recorded_at,
               exists (select from ledger.mt_events e where e.id = p.event_id)
               and not exists (select from ledger_log.imported_log i where i.event_id = p.event_id and not i.began_here)
        from incoming_place p where not exists (select from ledger_log.origin o where o.origin = p.origin) on conflict do nothing;

        insert into ledger.mt_streams (id, version, timestamp, created)
        select stream_id, max(version), max(timestamp), min(timestamp) from fresh f
        where not exists (select from ledger.mt_streams s where s.id = f.stream_id) group by stream_id;

        update ledger.mt_streams s set version = f.version from (select stream_id, max(version) as version from fresh group by stream_id) f
        where s.id = f.stream_id and s.version < f.version;

        insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
        select nextval('ledger.mt_events_sequence'), id, stream_id, version, data, type, timestamp, dotnet, correlation_id, causation_id, headers, user_name
        from (select * from fresh order by n) f;

        insert into ledger_log.tiles (origin, level, index, root, hashes) select origin, level, index, root, hashes from incoming_tile i
        where not exists (select from ledger_log.origin o where o.origin = i.origin) on conflict do nothing;

        insert into ledger_log.seals (origin, size, key_id, root, tail, note) select origin, size, key_id, root, tail, note from incoming_seal i
        where not exists (select from ledger_log.origin o where o.origin = i.origin) on conflict do nothing;
        """;

    /// <exception cref="Refused">What is here contradicts the bundle; nothing was written.</exception>
    public static async Task<ImportedEvents> Into(NpgsqlDataSource source, CheckedBundle bundle, IAsyncEnumerable<BundledEvent> events, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await IncomingBundle.Copy(connection, bundle, events, stop);
        // Streams that are here must not grow between looking and writing.
        await Execute(connection, "select from ledger.mt_streams s where exists (select from incoming i where i.stream_id = s.id) order by s.id for update", stop);
        foreach (var (code, sql) in Contradictions)
        {
            if (await Text(connection, $"{sql} limit 1", stop) is { } found)
                throw new Refused(code, $"{bundle.Path} tells another history than this ledger: {found}. Nothing was written.", ("bundle", bundle.Path), ("found", found));
        }

        await Execute(connection, "create temporary table fresh on commit drop as select * from incoming i where not exists (select from ledger.mt_events e where e.id = i.id)", stop);
        await Contiguous(connection, bundle, stop);
        await Execute(connection, Insert, stop);
        var counts = (await Text(connection, "select (select count(*) from fresh) || ' ' || (select count(*) from incoming)", stop))!.Split(' ').Select(long.Parse).ToArray();
        await transaction.CommitAsync(stop);
        return new ImportedEvents(counts[0], counts[1] - counts[0]);
    }

    private static async Task Contiguous(NpgsqlConnection connection, CheckedBundle bundle, CancellationToken stop)
    {
        const string Gap =
            """
            select format('%s stands at version %s here, and what is new begins with %s', f.stream_id, coalesce(s.version, 0), min(f.version))
            from fresh f left join ledger.mt_streams s on s.id = f.stream_id group by f.stream_id, s.version having min(f.version) <> coalesce(s.version, 0) + 1 limit 1
            """;
        if (await Text(connection, Gap, stop) is { } found)
            throw new Refused("other-history", $"{bundle.Path} does not fit this ledger: {found}. Nothing was written.", ("bundle", bundle.Path), ("found", found));
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(stop);
    }

    private static async Task<string?> Text(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync(stop) as string;
    }
}
