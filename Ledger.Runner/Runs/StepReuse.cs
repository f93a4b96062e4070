using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Npgsql;
using NpgsqlTypes;

namespace Ledger.Runner.Runs;

/// <summary>A completed step whose result may be taken over.</summary>
/// <param name="Run">Run that computed it; never one that reused it itself.</param>
public sealed record ReusableStep(string Run, string Step, StepCompletion Completion);

/// <summary>Looks for a sound result with this key.</summary>
public delegate Task<ReusableStep?> FindEqual(ContentHash key, CancellationToken stop);

/// <summary>
/// Finds equal steps. A source is refused when its run was retracted, or an artifact of it is missing, released or damaged:
/// then the step is computed again.
/// </summary>
public sealed class StepReuse(LedgerStore store, ArtifactStore artifacts)
{
    private const string Candidates =
        """
        select s.run, s.step from results.steps s
        where s.key = $1 and s.state = 'completed' and ($2::text[] is null or s.run = any($2))
          and not exists (select from results.reviews r where r.run = s.run and r.said in ('retracted', 'artifact_released'))
        order by s.position_to
        """;

    /// <summary>The earliest sound result with this key, or null. Looks into the results tables as they stand.</summary>
    public Task<ReusableStep?> Find(ContentHash key, CancellationToken stop) => Find(key, null, stop);

    /// <param name="among">Runs whose results count; null: all.</param>
    public async Task<ReusableStep?> Find(ContentHash key, IReadOnlySet<string>? among, CancellationToken stop)
    {
        foreach (var (run, step) in await CandidatesFor(key, among, stop))
        {
            if (await CompletionOf(run, step, stop) is { } completion && IsSound(completion))
                return new ReusableStep(run, step, completion);
        }

        return null;
    }

    /// <summary>What the step of that run came to, or null if it did not complete.</summary>
    public async Task<StepCompletion?> CompletionOf(string run, string step, CancellationToken stop) =>
        (await store.Read($"run/{run}", stop: stop)).Select(recorded => recorded.Data)
            .OfType<StepCompletion>().FirstOrDefault(completion => completion.Step == step);

    private Task<IReadOnlyList<(string Run, string Step)>> CandidatesFor(ContentHash key, IReadOnlySet<string>? among, CancellationToken stop) =>
        Faults.Persist("looking for equal steps", _ => Ask(key, among, stop), stop);

    private async Task<IReadOnlyList<(string Run, string Step)>> Ask(ContentHash key, IReadOnlySet<string>? among, CancellationToken stop)
    {
        await using var command = store.Source.CreateCommand(Candidates);
        command.Parameters.AddWithValue(key.ToString());
        command.Parameters.Add(new NpgsqlParameter { Value = among is null ? DBNull.Value : among.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var rows = await command.ExecuteReaderAsync(stop);
        var found = new List<(string, string)>();
        while (await rows.ReadAsync(stop))
            found.Add((rows.GetString(0), rows.GetString(1)));
        return found;
    }

    /// <summary>By the bytes: a file of the right name and size may hold others.</summary>
    private bool IsSound(StepCompletion completion)
    {
        try
        {
            StepArtifacts.Verify(artifacts, completion);
            return true;
        }
        catch (CorruptEvidence)
        {
            return false;
        }
    }
}
