using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Npgsql;

namespace Ledger.Runner.Garbage;

/// <summary>
/// Artifacts that are there, and that only runs name which have come to their end and do not count: retracted, superseded, failed or cancelled.
/// Whatever another run names, or took over, is asked for: a tainted run too, and one that is not at its end, whatever was said of it.
/// Reads the results tables as they stand.
/// </summary>
internal static class ReleasableArtifacts
{
    private const string Sql =
        """
        with fallen as (
            select r.run, coalesce('retracted: ' || retracted.reason, 'superseded by ' || superseded.by || ': ' || superseded.reason, r.state) as reason,
                   greatest(coalesce(retracted.at, superseded.at), r.ended_at) as since
            from results.runs r
            left join (select run, (array_agg(reason order by position))[1] as reason, min(recorded_at) as at
                       from results.reviews where said = 'retracted' group by run) retracted on retracted.run = r.run
            left join (select run, (array_agg(reason order by position desc))[1] as reason, (array_agg(superseded_by order by position desc))[1] as by,
                              max(recorded_at) as at
                       from results.reviews where said = 'superseded' group by run) superseded on superseded.run = r.run
            where r.state in ('failed', 'cancelled') or (r.state = 'completed' and (retracted.run is not null or superseded.run is not null))
        ), asked as (
            select a.digest from results.artifacts a where not exists (select from fallen f where f.run = a.run)
            union
            select a.digest from results.origins o join results.artifacts a on a.run = o.origin_run and a.step = o.origin_step
            where o.hops > 0 and not exists (select from fallen f where f.run = o.run)
        )
        select a.digest, a.run, f.reason, f.since
        from results.artifacts a join fallen f on f.run = a.run
        where not exists (select from asked k where k.digest = a.digest)
        group by a.digest, a.run, f.reason, f.since order by a.digest, f.since, a.run collate "C"
        """;

    public static async Task<IReadOnlyList<Unwanted>> Find(NpgsqlDataSource source, ArtifactStore store, CancellationToken stop)
    {
        var found = new List<(string Digest, Naming Naming)>();
        await using var command = source.CreateCommand(Sql);
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
            found.Add((rows.GetString(0), new Naming(rows.GetString(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3))));
        return [.. found.GroupBy(row => row.Digest, row => row.Naming, StringComparer.Ordinal)
            .Select(named => (Hash: ContentHash.Parse(named.Key), Runs: named.ToList()))
            .Where(named => store.Has(named.Hash))
            .Select(named => new Unwanted(
                UnwantedKind.Artifact, store.PathOf(named.Hash), named.Hash.ToString(), store.Size(named.Hash), named.Runs[^1].Reason, named.Runs))];
    }
}
