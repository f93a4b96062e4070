using Ledger.Domain.Bundles;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Npgsql;

namespace Ledger.Query.Bundles;

/// <summary>
/// Writes the events of a bundle, each with its places in the ledger's own log and in those of imported ledgers. Of a tombstone only the leaf goes along: its version is a number
/// of this database, and may be taken elsewhere.
/// </summary>
internal static class BundleEvents
{
    private const int AtOnce = 4096;

    public static async Task<(long Events, IReadOnlyList<string> Origins)> Write(
        NpgsqlConnection connection, StoredSeal latest, BundleChoice chosen, Stream to, CancellationToken stop)
    {
        var origins = new List<string> { latest.Origin };
        var sealedSizes = new Dictionary<string, long>(StringComparer.Ordinal) { [latest.Origin] = latest.Size };
        long events = 0;
        await foreach (var entries in Batches(connection, latest, chosen, stop))
        {
            var elsewhere = await Elsewhere(connection, [.. entries.Select(one => one.Entry.EventId)], stop);
            foreach (var (position, entry) in entries)
            {
                var places = new List<BundledPlace> { new(latest.Origin, position, entry.RecordedAt) };
                foreach (var place in elsewhere[entry.EventId])
                {
                    if (await Sealed(connection, sealedSizes, place.Origin, stop) >= place.Position)
                        places.Add(place);
                }

                origins.AddRange(places.Select(place => place.Origin).Except(origins, StringComparer.Ordinal));
                await to.WriteAsync(BundleLines.Write(new BundledEvent(entry, places)), stop);
                events++;
            }
        }

        return (events, origins);
    }

    private static async IAsyncEnumerable<List<PositionedEntry>> Batches(
        NpgsqlConnection connection, StoredSeal latest, BundleChoice chosen, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        var reader = new EntryReader(latest.Origin, isOwn: true);
        if (chosen.Positions is { } positions)
        {
            foreach (var some in positions.Chunk(AtOnce))
                yield return Told(await reader.At(connection, some, stop));
            yield break;
        }

        for (long from = 0; from < latest.Size; from += AtOnce)
            yield return Told(await reader.Read(connection, from, Math.Min(latest.Size, from + AtOnce), stop));
    }

    private static List<PositionedEntry> Told(IReadOnlyList<PositionedEntry> entries) => [.. entries.Where(one => !Tombstones.Is(one.Entry))];

    private static async Task<long> Sealed(NpgsqlConnection connection, Dictionary<string, long> known, string origin, CancellationToken stop)
    {
        if (!known.TryGetValue(origin, out long size))
            known[origin] = size = (await StoredSeals.Latest(connection, origin, stop))?.Size ?? 0;
        return size;
    }

    private static async Task<ILookup<Guid, BundledPlace>> Elsewhere(NpgsqlConnection connection, Guid[] ids, CancellationToken stop) =>
        (await connection.Rows(
            "select event_id, origin, position, recorded_at from ledger_log.imported_log where event_id = any($1) order by origin",
            row => (Id: row.GetGuid(0), Place: new BundledPlace(row.GetString(1), row.GetInt64(2), row.GetDateTime(3))), stop, ids)).ToLookup(one => one.Id, one => one.Place);
}
