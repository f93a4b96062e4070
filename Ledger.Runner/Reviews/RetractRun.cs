using FluentValidation;
using Ledger.Domain.Runs;
using Ledger.Runner.Runs;
using MediatR;

namespace Ledger.Runner.Reviews;

/// <summary>
/// Says that a run's results should no longer be used. They stay where they are, and tables as of an earlier position keep them; from here on tables,
/// plots and checks leave them out, with everything that rests on them, and no later run takes them over. It cannot be unsaid.
/// </summary>
public sealed record RetractRun(string Run, string Reason) : IRequest<Remark>
{
    public sealed class Validator : AbstractValidator<RetractRun>
    {
        public Validator() => RuleFor(command => command.Reason).MustSaySomething("--reason");
    }

    public sealed class Handler(LedgerHome home, FoldTables fold) : IRequestHandler<RetractRun, Remark>
    {
        public Task<Remark> Handle(RetractRun request, CancellationToken cancellationToken) => ReviewStream.Say(
            home, fold, request.Run, "retract", (_, review) => Task.FromResult(("retract", ReviewDecisions.Retract(review, request.Reason))), cancellationToken);
    }
}
