using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Store;
using Npgsql;
using NpgsqlTypes;

namespace Ledger.Domain.Bundles;

/// <summary>A bundle in temporary tables of one transaction, where it can be held against what is there: <c>incoming</c> (its events), <c>incoming_place</c>, <c>incoming_seal</c>, <c>incoming_tile</c>.</summary>
internal static class IncomingBundle
{
    // Columns are those of the store's own tables.
    private const string Tables =
        """
        create temporary table incoming (n bigint primary key, id uuid not null, stream_id varchar not null, version bigint not null, data jsonb not null, type varchar not null,
            "timestamp" timestamptz not null, dotnet varchar, correlation_id varchar, causation_id varchar, headers jsonb, user_name varchar) on commit drop;
        create temporary table incoming_place (event_id uuid not null, origin text not null, "position" bigint not null, recorded_at timestamptz not null) on commit drop;
        create temporary table incoming_seal (origin text, size bigint, key_id text, root bytea, tail bytea, note text) on commit drop;
        create temporary table incoming_tile (origin text, level smallint, index bigint, root bytea, hashes bytea) on commit drop;
        """;

    /// <exception cref="Refused"><c>unknown-kind</c>: written by a newer tool.</exception>
    public static async Task Copy(NpgsqlConnection connection, CheckedBundle bundle, IAsyncEnumerable<BundledEvent> events, CancellationToken stop)
    {
        await using (var tables = new NpgsqlCommand(Tables, connection))
            await tables.ExecuteNonQueryAsync(stop);
        await Places(connection, await Events(connection, events, stop), stop);
        await Seals(connection, bundle, stop);
        await Tiles(connection, bundle, stop);
    }

    /// <returns>Where the events stand.</returns>
    private static async Task<List<(Guid Id, BundledPlace Place)>> Events(NpgsqlConnection connection, IAsyncEnumerable<BundledEvent> events, CancellationToken stop)
    {
        var types = EventNames.All.ToDictionary(name => name.Value, name => EventNames.DotNetType(name.Key), StringComparer.Ordinal);
        var places = new List<(Guid Id, BundledPlace Place)>();
        long n = 0;
        await using (var rows = await connection.BeginBinaryImportAsync("copy incoming from stdin (format binary)", stop))
        {
            await foreach (var bundled in events.WithCancellation(stop))
            {
                var entry = bundled.Entry;
                if (!types.TryGetValue(entry.Type, out string? dotnet))
                    throw new Refused("unknown-kind", $"the bundle has events of kind {entry.Type}, which this tool does not know: use the one that wrote it, or a newer one", ("type", entry.Type));
                places.AddRange(bundled.Places.Select(place => (entry.EventId, place)));
                await rows.StartRowAsync(stop);
                await rows.WriteAsync(++n, NpgsqlDbType.Bigint, stop);
                await rows.WriteAsync(entry.EventId, NpgsqlDbType.Uuid, stop);
                await Write(rows, entry.Stream, NpgsqlDbType.Varchar, stop);
                await rows.WriteAsync(entry.Version, NpgsqlDbType.Bigint, stop);
                await Write(rows, Json(entry.Data), NpgsqlDbType.Jsonb, stop);
                await Write(rows, entry.Type, NpgsqlDbType.Varchar, stop);
                await rows.WriteAsync(entry.ClaimedAt, NpgsqlDbType.TimestampTz, stop);
                await Write(rows, dotnet, NpgsqlDbType.Varchar, stop);
                await Write(rows, entry.Metadata.Correlation, NpgsqlDbType.Varchar, stop);
                await Write(rows, entry.Metadata.Causation, NpgsqlDbType.Varchar, stop);
                await Write(rows, entry.Metadata.Headers is { } headers ? Json(headers) : null, NpgsqlDbType.Jsonb, stop);
                await Write(rows, entry.Metadata.User, NpgsqlDbType.Varchar, stop);
            }

            await rows.CompleteAsync(stop);
        }

        return places;
    }

    private static async Task Places(NpgsqlConnection connection, List<(Guid Id, BundledPlace Place)> places, CancellationToken stop)
    {
        await using var placed = await connection.BeginBinaryImportAsync("copy incoming_place from stdin (format binary)", stop);
        foreach (var (id, place) in places)
        {
            await placed.StartRowAsync(stop);
            await placed.WriteAsync(id, NpgsqlDbType.Uuid, stop);
            await placed.WriteAsync(place.Origin, NpgsqlDbType.Text, stop);
            await placed.WriteAsync(place.Position, NpgsqlDbType.Bigint, stop);
            await placed.WriteAsync(place.RecordedAt, NpgsqlDbType.TimestampTz, stop);
        }

        await placed.CompleteAsync(stop);
    }

    private static async Task Seals(NpgsqlConnection connection, CheckedBundle bundle, CancellationToken stop)
    {
        await using var rows = await connection.BeginBinaryImportAsync("copy incoming_seal from stdin (format binary)", stop);
        foreach (var (log, seal) in bundle.Logs.SelectMany(log => log.Seals.Select(seal => (log, seal))))
        {
            long size = seal.Head.Size, tail = size % Tile.Width;
            await rows.StartRowAsync(stop);
            await rows.WriteAsync(log.Origin, NpgsqlDbType.Text, stop);
            await rows.WriteAsync(size, NpgsqlDbType.Bigint, stop);
            await rows.WriteAsync(seal.Signatures[0].KeyId, NpgsqlDbType.Text, stop);
            await rows.WriteAsync(seal.Head.Root.ToBytes(), NpgsqlDbType.Bytea, stop);
            await rows.WriteAsync(TileHashes.Bytes(log.Leaves[(int)(size - tail)..(int)size]), NpgsqlDbType.Bytea, stop);
            await rows.WriteAsync(seal.Text, NpgsqlDbType.Text, stop);
        }

        await rows.CompleteAsync(stop);
    }

    private static async Task Tiles(NpgsqlConnection connection, CheckedBundle bundle, CancellationToken stop)
    {
        foreach (var log in bundle.Logs)
        {
            var tiles = new List<Tile>();
            var tree = new TileTree();
            foreach (var leaf in log.Leaves)
                tree.Append(leaf, tiles.Add);
            await StoredTiles.Write(connection, "incoming_tile", log.Origin, tiles, stop);
        }
    }

    private static string Json(ReadOnlyMemory<byte> utf8) => System.Text.Encoding.UTF8.GetString(utf8.Span);

    private static async Task Write(NpgsqlBinaryImporter rows, string? value, NpgsqlDbType type, CancellationToken stop)
    {
        if (value is null)
            await rows.WriteNullAsync(stop);
        else
            await rows.WriteAsync(value, type, stop);
    }
}
