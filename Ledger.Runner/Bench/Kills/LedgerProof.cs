using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Replays;
using Ledger.Runner.Runs;

namespace Ledger.Runner.Bench.Kills;

/// <summary>
/// What holds of every ledger at rest, looked for behind the store's back: streams without holes, nothing twice, every run at its end, every
/// artifact what its name says.
/// </summary>
internal static class LedgerProof
{
    private const string Endings =
        "('run.training_completed.v1', 'run.compression_completed.v1', 'run.attack_completed.v1', 'run.measurement_completed.v1', 'run.step_reused.v1', 'run.step_failed.v1')";

    private static readonly (string What, string Sql)[] OfStreams =
    [
        ("a stream with a hole or a version twice", "select stream_id from ledger.mt_events where stream_id <> 'mt_tombstone' group by stream_id having min(version) <> 1 or max(version) <> count(*) or count(distinct version) <> count(*)"),
        ("a stream that ends elsewhere than its head says", "select id from ledger.mt_streams s where id <> 'mt_tombstone' and version is distinct from (select max(e.version) from ledger.mt_events e where e.stream_id = s.id)"),
        ("an event id twice", "select id::text from ledger.mt_events group by id having count(*) > 1"),
        ("an event without a position", "select id::text from ledger.mt_events e where not exists (select from ledger_log.log l where l.seq_id = e.seq_id and l.event_id = e.id)"),
        ("positions with a gap", "select max(position)::text from ledger_log.log having max(position) <> count(*)"),
    ];

    private static readonly (string What, string Sql)[] OfRuns =
    [
        ("a step with two endings", $"select stream_id || ' ' || (data->>'step') from ledger.mt_events where type in {Endings} group by stream_id, data->>'step' having count(*) > 1"),
        ("a run that is not at its end, or has two", "select stream_id from ledger.mt_events where stream_id like 'run/%' group by stream_id having count(*) filter (where type in ('run.completed.v1', 'run.failed.v1')) <> 1"),
        ("a run that counts its events wrongly", "select stream_id from ledger.mt_events e where type in ('run.completed.v1', 'run.failed.v1') and ((data->>'events')::bigint <> version or version <> (select max(o.version) from ledger.mt_events o where o.stream_id = e.stream_id))"),
    ];

    /// <summary>What does not hold, with the places; none: all of it does.</summary>
    public static async Task<IReadOnlyList<string>> Faults(LedgerStore store, ArtifactStore artifacts, CancellationToken stop)
    {
        var faults = new List<string>([.. await Streams(store, stop), .. await Rows(store, OfRuns, stop)]);
        foreach (var run in await Column(store, "select substr(id, 5) from ledger.mt_streams where id like 'run/%' order by id", stop))
            faults.AddRange(Of(run, await OriginalRun.Events(store, run, stop), artifacts));
        faults.AddRange(Files(artifacts).SelectMany(file => Broken(() => artifacts.Verify(file))));
        return faults;
    }

    /// <summary>The part of it that holds whatever the streams tell, of runs under way too.</summary>
    public static async Task<IReadOnlyList<string>> Streams(LedgerStore store, CancellationToken stop)
    {
        await store.Advance(stop);
        return await Rows(store, OfStreams, stop);
    }

    private static async Task<IReadOnlyList<string>> Rows(LedgerStore store, IEnumerable<(string What, string Sql)> noRows, CancellationToken stop)
    {
        var faults = new List<string>();
        foreach (var (what, sql) in noRows)
            faults.AddRange((await Column(store, sql, stop)).Select(place => $"{what}: {place}"));
        return faults;
    }

    /// <summary>Epochs one after another from where the step began, and what completions refer to.</summary>
    private static IEnumerable<string> Of(string run, IReadOnlyList<RunEvent> events, ArtifactStore artifacts)
    {
        var state = RunState.First(run, (Planned)events[0]);
        foreach (var next in events.Skip(1))
        {
            if (next is EpochCompleted epoch && epoch.Epoch != state.Steps[epoch.Step].Epochs + 1)
                yield return $"run {run}, step {epoch.Step}: epoch {epoch.Epoch} after epoch {state.Steps[epoch.Step].Epochs}";
            if (next is StepCompletion completion)
            {
                foreach (var broken in Broken(() => StepArtifacts.Verify(artifacts, completion)))
                    yield return $"run {run}, step {completion.Step}: {broken}";
            }

            state = state.Apply(next);
        }
    }

    /// <summary>All that stand under a digest, referred to or not.</summary>
    private static IEnumerable<ContentHash> Files(ArtifactStore artifacts) =>
        Directory.EnumerateFiles(Path.Combine(artifacts.Folder, "objects"), "*", SearchOption.AllDirectories)
            .Select(file => ContentHash.Parse(Path.GetFileName(Path.GetDirectoryName(file)) + Path.GetFileName(file)));

    private static IEnumerable<string> Broken(Action verify)
    {
        try
        {
            verify();
            return [];
        }
        catch (CorruptEvidence corrupt)
        {
            return [corrupt.Message];
        }
    }

    private static async Task<List<string>> Column(LedgerStore store, string sql, CancellationToken stop)
    {
        await using var command = store.Source.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync(stop);
        var values = new List<string>();
        while (await rows.ReadAsync(stop))
            values.Add(rows.GetString(0));
        return values;
    }
}
