using Ledger.Domain.Runs;
using Ledger.Domain.Store;

namespace Ledger.Runner.Runs;

/// <summary>
/// The one writer of a run's stream. It decides on the state it has seen; the store refuses the append if anyone else has
/// written since, and then this process no longer owns the run.
/// </summary>
public sealed class RunRecorder(LedgerStore store, Actor actor, RunState state)
{
    // Two owners of one run must not derive equal event ids, or one would take the other's events for its own.
    private readonly string session = Ulid.NewUlid().ToString();

    public RunState State { get; private set; } = state;

    /// <summary>Where this run's plan lets equal steps be looked for; null: nowhere.</summary>
    public FindEqual? Equal(StepReuse reuse) => State.Plan.NoReuse is true ? null : reuse.Find;

    /// <summary>Appends what the decision gives; nothing when it gives nothing.</summary>
    /// <exception cref="Fenced">Someone else took the run over.</exception>
    public async Task Record(Func<RunState, IReadOnlyList<RunEvent>> decide)
    {
        var events = decide(State);
        if (events.Count == 0)
            return;
        // Not cancelled by Ctrl-C: an append that was begun is seen through, so that its outcome is known.
        await store.Append(State.Stream, State.Version, $"{session}/{State.Version}", [.. events], actor, CancellationToken.None);
        State = events.Aggregate(State, (seen, next) => seen.Apply(next));
    }
}
