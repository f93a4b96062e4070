using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;

namespace Ledger.Runner.Runs;

/// <summary>What the ledger has of a run that the specification asks for.</summary>
/// <param name="Run">Id of the newest run with exactly this plan that was not retracted and rests on no retracted one; null when there is none.</param>
/// <param name="State">State of that run.</param>
public sealed record PlannedRun(RunPlan Plan, string? Run, string? State)
{
    public bool IsDone => State == "completed";

    /// <summary>Begun by someone and not at its end.</summary>
    public bool IsResumable => State is "planned" or "running" or "paused";
}

/// <summary>The runs of a specification held against those the ledger has: what there is to do.</summary>
public static class ExperimentPlan
{
    private const string Existing =
        """
        select r.run, r.state, e.data
        from results.runs r join ledger.mt_events e on e.stream_id = 'run/' || r.run and e.type = 'run.planned.v1'
        where r.experiment = $1 and r.replay_of is null and r.state <> 'cancelled'
          and not exists (select from results.reviews w where w.run = r.run and w.said = 'retracted')
          and not exists (select from results.taint t where t.run = r.run)
        order by r.position_from
        """;

    public static async Task<IReadOnlyList<PlannedRun>> Against(LedgerStore store, string? experiment, ResolvedExperiment spec, CancellationToken stop)
    {
        var there = experiment is null ? [] : await ByPlan(store, experiment, stop);
        return [.. spec.Runs.Select(plan => there.TryGetValue(Identity(plan.Point, plan.Seed, plan.Threads, plan.Steps), out var run)
            ? new PlannedRun(plan, run.Run, run.State)
            : new PlannedRun(plan, null, null))];
    }

    /// <summary>Two runs have the same plan when point, seed, threads and every step are equal; the number is only a place.</summary>
    private static ContentHash Identity(IReadOnlyDictionary<string, string> point, long seed, int threads, IReadOnlyList<PlannedStep> steps) =>
        CanonicalJson.Digest("ledger/run-plan/1", new { Point = point, Seed = seed, Threads = threads, Steps = steps });

    private static async Task<Dictionary<ContentHash, (string Run, string State)>> ByPlan(LedgerStore store, string experiment, CancellationToken stop)
    {
        await using var command = store.Source.CreateCommand(Existing);
        command.Parameters.AddWithValue(experiment);
        await using var rows = await command.ExecuteReaderAsync(stop);
        var there = new Dictionary<ContentHash, (string, string)>();
        while (await rows.ReadAsync(stop))
        {
            var planned = JsonSerializer.Deserialize<Planned>(rows.GetString(2), LedgerJson.Options)!;
            there[Identity(planned.Point, planned.Seed, planned.Threads, planned.Steps)] = (rows.GetString(0), rows.GetString(1));
        }

        return there;
    }
}
