using Ledger.Domain.Artifacts;
using Ledger.Domain.Store;
using Npgsql;

namespace Ledger.Runner.Garbage;

/// <summary>
/// Files that no event speaks of. A step's artifacts are durable before the event that names them, so that young ones are left alone.
/// </summary>
/// <param name="now">Against which ages are taken; files carry the clock of the machine that wrote them.</param>
internal sealed class StrayFiles(LedgerStore ledger, ArtifactStore store, DateTimeOffset now)
{
    public static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(1), UnnamedAge = TimeSpan.FromDays(1);

    public IReadOnlyList<Unwanted> Leftovers() =>
        [.. store.Unfinished().Where(file => Age(file) > LeftoverAge).OrderBy(file => file.FullName, StringComparer.Ordinal)
            .Select(file => new Unwanted(UnwantedKind.Leftover, file.FullName, null, file.Length, "left behind while it was written", []))];

    /// <summary>Looked for in every event there is, positioned or not, of whatever kind: an event of a newer tool may name what ours never does.</summary>
    public async Task<IReadOnlyList<Unwanted>> Unnamed(CancellationToken stop)
    {
        var old = store.Objects().Where(item => Age(item.File) > UnnamedAge).ToDictionary(item => item.Hash.ToString(), item => item.File, StringComparer.Ordinal);
        foreach (var named in await Digests("select distinct digest from results.artifacts", stop))
            old.Remove(named);
        if (old.Count > 0)
        {
            foreach (var named in await Digests("select distinct found[1] from ledger.mt_events e, regexp_matches(e.data::text, '[0-9a-f]{64}', 'g') found", stop))
                old.Remove(named);
        }

        return [.. old.OrderBy(item => item.Key, StringComparer.Ordinal)
            .Select(item => new Unwanted(UnwantedKind.Unnamed, item.Value.FullName, item.Key, item.Value.Length, "no event names it", []))];
    }

    /// <summary>Of steps that are not under way in any run that may still be gone on with.</summary>
    public async Task<IReadOnlyList<Unwanted>> Checkpoints(CancellationToken stop)
    {
        var folder = new DirectoryInfo(Path.Combine(store.Folder, "checkpoints"));
        if (!folder.Exists)
            return [];
        var wanted = await Digests(
            """
            select distinct s.key from results.steps s join results.runs r on r.run = s.run
            where s.state = 'running' and s.key is not null and r.state in ('planned', 'running', 'paused')
            """, stop);
        return [.. folder.EnumerateDirectories().Where(step => !wanted.Contains(step.Name)).OrderBy(step => step.Name, StringComparer.Ordinal)
            .Select(step => new Unwanted(UnwantedKind.Checkpoints, step.FullName, null, step.EnumerateFiles().Sum(file => file.Length), "no unfinished run goes on from them", []))];
    }

    private TimeSpan Age(FileInfo file) => now.UtcDateTime - file.LastWriteTimeUtc;

    private async Task<HashSet<string>> Digests(string sql, CancellationToken stop)
    {
        await using var command = ledger.Source.CreateCommand(sql);
        command.CommandTimeout = 0;
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(stop);
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (await rows.ReadAsync(stop))
            found.Add(rows.GetString(0));
        return found;
    }
}
