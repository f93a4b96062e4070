using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using MediatR;

namespace Ledger.Runner.Seals;

/// <summary>A signed statement of what a run made, from what and by what: in-toto in a DSSE envelope, signed by the ledger's key.</summary>
/// <param name="Run">A whole id.</param>
public sealed record AttestRun(string Run) : IRequest<DsseEnvelope>
{
    public sealed class Handler(LedgerHome home) : IRequestHandler<AttestRun, DsseEnvelope>
    {
        public async Task<DsseEnvelope> Handle(AttestRun request, CancellationToken cancellationToken)
        {
            await using var opened = await home.Open(cancellationToken);
            var ring = await KeyRing.Open(home, opened.Store, cancellationToken);
            var run = await Load(opened.Store, ring.Origin, request.Run, cancellationToken);
            byte[] statement = CanonicalJson.Bytes(run.Statement());
            var keys = await ring.Signing(home.Say, cancellationToken);
            try
            {
                return DsseEnvelope.Sign(DsseEnvelope.InToto, statement, keys[0]);
            }
            finally
            {
                foreach (var key in keys)
                    key.Dispose();
            }
        }
    }

    /// <exception cref="Refused"><c>not-at-its-end</c>.</exception>
    private static async Task<AttestedRun> Load(LedgerStore store, string origin, string run, CancellationToken stop)
    {
        // Times are the server's, given with the positions.
        await store.Advance(stop);
        var events = await Events(store, run, stop);
        var state = RunState.Fold(run, events);
        if (!state.IsTerminal)
            throw new Refused("not-at-its-end", $"run {run} is {state.Status}; only one that has come to its end can be attested", ("run", run), ("status", $"{state.Status}"));
        if (!events.Any(e => e is Started))
            throw new Refused("nothing-made", $"run {run} was cancelled before it began, so there is nothing to attest", ("run", run));
        var takenOver = new List<MadeStep>();
        foreach (var reused in state.Steps.Values.Select(step => step.Reused).OfType<StepReused>())
            takenOver.AddRange(await Source(store, reused, stop));
        var (experiment, scale) = await Experiment(store, state.Plan, stop);
        return new AttestedRun(origin, run, experiment, scale, [.. events.Zip(await Times(store, run, stop))], takenOver);
    }

    /// <summary>What a step that was taken over made, in the run that computed it.</summary>
    private static async Task<IEnumerable<MadeStep>> Source(LedgerStore store, StepReused reused, CancellationToken stop)
    {
        var events = await Events(store, reused.SourceRun, stop);
        return events.OfType<StepReused>().LastOrDefault(step => step.Step == reused.SourceStep) is { } further
            ? await Source(store, further, stop)
            : MadeStep.In(reused.SourceRun, events).Where(step => step.Step == reused.SourceStep);
    }

    private static async Task<(string Slug, string? Scale)> Experiment(LedgerStore store, Planned plan, CancellationToken stop)
    {
        var events = (await store.Read($"experiment/{plan.Experiment}", stop: stop)).Select(recorded => recorded.Data).ToList();
        string? scale = events.Select(e => e switch
        {
            Registered registered when registered.SpecDigest == plan.SpecDigest => registered.Scale,
            Amended amended when amended.SpecDigest == plan.SpecDigest => amended.Scale,
            _ => null,
        }).LastOrDefault(one => one is not null);
        return (events.OfType<Registered>().Last().Slug, scale);
    }

    private static async Task<IReadOnlyList<RunEvent>> Events(LedgerStore store, string run, CancellationToken stop) =>
        [.. (await store.Read($"run/{run}", stop: stop)).Select(recorded => (RunEvent)recorded.Data)];

    private static async Task<IReadOnlyList<DateTime>> Times(LedgerStore store, string run, CancellationToken stop)
    {
        await using var command = store.Source.CreateCommand("select l.recorded_at from ledger.mt_events e join ledger_log.log l on l.seq_id = e.seq_id where e.stream_id = 'run/' || $1 order by e.version");
        command.Parameters.Add(new() { Value = run });
        await using var row = await command.ExecuteReaderAsync(stop);
        var times = new List<DateTime>();
        while (await row.ReadAsync(stop))
            times.Add(row.GetDateTime(0));
        return times;
    }
}
