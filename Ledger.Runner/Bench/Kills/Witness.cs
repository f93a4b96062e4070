using Npgsql;

namespace Ledger.Runner.Bench.Kills;

/// <summary>
/// Somebody who looks at the ledger while it is written, and remembers: what was committed when a process was killed has to be there
/// afterwards as it was.
/// </summary>
internal sealed class Witness(ScratchLedger ledger)
{
    private const string Sql = "select id, concat_ws(' ', stream_id, version, type, data::text) from ledger.mt_events";

    private readonly Dictionary<Guid, string> seen = [];

    public int Seen => seen.Count;

    /// <summary>Sees nothing while no server answers.</summary>
    public async Task Look(CancellationToken stop)
    {
        if (ledger.Connection is not { } connection)
            return;
        try
        {
            foreach (var (id, text) in await Read(connection, stop))
                seen[id] = text;
        }
        catch (NpgsqlException)
        {
            // On its way down or up, or without a schema yet.
        }
    }

    /// <summary>What it saw and the ledger does not have, or has otherwise.</summary>
    public async Task<IReadOnlyList<string>> Missed(string connection, CancellationToken stop)
    {
        var there = (await Read(connection, stop)).ToDictionary();
        return [.. seen.Where(one => there.GetValueOrDefault(one.Key) != one.Value)
            .Select(one => $"event {one.Key} was seen as '{one.Value}' and is {(there.TryGetValue(one.Key, out var now) ? $"'{now}'" : "gone")}")];
    }

    private static async Task<List<KeyValuePair<Guid, string>>> Read(string connection, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(Sql);
        await using var rows = await command.ExecuteReaderAsync(stop);
        var events = new List<KeyValuePair<Guid, string>>();
        while (await rows.ReadAsync(stop))
            events.Add(new(rows.GetGuid(0), rows.GetString(1)));
        return events;
    }
}
