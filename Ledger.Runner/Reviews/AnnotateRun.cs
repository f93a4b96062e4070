using FluentValidation;
using Ledger.Domain.Runs;
using Ledger.Runner.Runs;
using MediatR;

namespace Ledger.Runner.Reviews;

/// <summary>Adds a remark to a run. It changes no number; the same words again add nothing.</summary>
public sealed record AnnotateRun(string Run, string Text) : IRequest<Remark>
{
    public sealed class Validator : AbstractValidator<AnnotateRun>
    {
        public Validator() => RuleFor(command => command.Text).MustSaySomething("text");
    }

    public sealed class Handler(LedgerHome home, FoldTables fold) : IRequestHandler<AnnotateRun, Remark>
    {
        public Task<Remark> Handle(AnnotateRun request, CancellationToken cancellationToken) => ReviewStream.Say(
            home, fold, request.Run, "annotate",
            (_, _) => Task.FromResult(($"annotate {ReviewStream.Digest(request.Text)}", ReviewDecisions.Annotate(request.Text))), cancellationToken);
    }
}
