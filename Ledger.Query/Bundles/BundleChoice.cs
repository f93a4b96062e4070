using Ledger.Query.Results;
using Ledger.Query.Runs;

namespace Ledger.Query.Bundles;

/// <param name="Released">Whether its bytes were freed.</param>
internal sealed record BundledArtifact(string Digest, bool Released);

/// <summary>What goes into a bundle.</summary>
/// <param name="Positions">In order; null: all that are sealed.</param>
/// <param name="Unsealed">Events chosen that no seal covers yet.</param>
internal sealed record BundleChoice(IReadOnlyList<long>? Positions, IReadOnlyList<BundledArtifact> Artifacts, long Unsealed)
{
    public bool IsWhole => Positions is null;

    /// <summary>With a run goes what it rests on: its experiment, what is said about it, the runs it took steps over from or replays, and the keys of all ledgers.</summary>
    private const string Rests =
        """
        with recursive chosen(run) as (
            select unnest($1::text[])
            union
            select coalesce(e.data->>'sourceRun', e.data->>'replayOf') from chosen c join ledger.mt_events e on e.stream_id = 'run/' || c.run
            where e.type in ('run.step_reused.v1', 'run.planned.v1') and coalesce(e.data->>'sourceRun', e.data->>'replayOf') is not null
        )
        """;

    public static async Task<BundleChoice> Of(Reading reading, IReadOnlyList<string> of, long sealedSize, CancellationToken stop)
    {
        if (of.Count == 0)
            return new BundleChoice(null, await Named(reading, null, stop), 0);
        var asked = new List<string>();
        foreach (string text in of)
        {
            var (run, experiment) = await RunIds.RunOrExperiment(reading, text, stop);
            asked.AddRange(run is not null ? [run] : await reading.Rows("select run from results.runs r where r.experiment = $1", row => row.GetString(0), stop, experiment!.Experiment));
        }

        var runs = await reading.Connection.Rows($"{Rests} select run from chosen", row => row.GetString(0), stop, (object)asked.ToArray());
        var positions = await reading.Connection.Rows(
            """
            select l.position from ledger_log.log l
            where split_part(split_part(l.stream, '/', 2), '@', 1) = any($1) and split_part(l.stream, '/', 1) in ('run', 'review')
               or l.stream in (select 'experiment/' || (e.data->>'experiment') from ledger.mt_events e where e.type = 'run.planned.v1' and split_part(e.stream_id, '/', 2) = any($1))
               or l.stream like 'ledger/%'
            order by l.position
            """,
            row => row.GetInt64(0), stop, (object)runs.ToArray());
        return new BundleChoice([.. positions.Where(position => position <= sealedSize)], await Named(reading, [.. runs], stop), positions.Count(position => position > sealedSize));
    }

    private static Task<IReadOnlyList<BundledArtifact>> Named(Reading reading, string[]? runs, CancellationToken stop) => reading.Rows(
        """
        select a.digest, exists (select from results.reviews r where r.digest = a.digest and r.said = 'artifact_released')
        from results.artifacts a where $1::text[] is null or a.run = any($1) group by a.digest order by a.digest collate "C"
        """,
        row => new BundledArtifact(row.GetString(0), row.GetBoolean(1)), stop, new[] { (object?)runs ?? DBNull.Value }!);
}
