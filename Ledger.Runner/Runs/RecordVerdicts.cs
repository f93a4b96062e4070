using Ledger.Domain.Experiments;
using Ledger.Domain.Store;
using MediatR;

namespace Ledger.Runner.Runs;

/// <summary>Records verdicts on an experiment's checks, unless they stand there as they are.</summary>
/// <param name="Experiment">ULID.</param>
/// <param name="Position">Position up to which the tables were read.</param>
public sealed record RecordVerdicts(string Experiment, long Position, IReadOnlyList<CheckVerdict> Verdicts) : IRequest<RecordedVerdicts>
{
    public sealed class Handler(LedgerHome home) : IRequestHandler<RecordVerdicts, RecordedVerdicts>
    {
        public async Task<RecordedVerdicts> Handle(RecordVerdicts request, CancellationToken cancellationToken)
        {
            await using var opened = await home.Open(cancellationToken);
            await ReadLedger.MustBeOwn(opened.Store.Source, $"experiment/{request.Experiment}", "recording verdicts (--dry-run judges without)", cancellationToken);
            var state = await RegisterExperiment.Load(opened.Store, request.Experiment, cancellationToken);
            var events = ExperimentDecisions.JudgeChecks(state, new ChecksJudged(request.Position, request.Verdicts));
            if (events.Count == 0)
                return new RecordedVerdicts(false, state.Judged!.Position);
            await opened.Store.Append(
                state.Stream, state.Version, $"judge {request.Position}", [.. events], LedgerHome.ActorOf(request.Experiment, "check"), cancellationToken);
            await opened.Store.Advance(cancellationToken);
            return new RecordedVerdicts(true, request.Position);
        }
    }
}

/// <param name="New">False: the same verdicts were recorded before.</param>
/// <param name="Position">Position up to which the tables were read for them.</param>
public sealed record RecordedVerdicts(bool New, long Position);
