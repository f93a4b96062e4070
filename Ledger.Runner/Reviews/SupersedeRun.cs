using FluentValidation;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Runs;
using MediatR;

namespace Ledger.Runner.Reviews;

/// <summary>
/// Says that another run takes the place of this one, which tables and checks then leave out. Unlike a retraction it says nothing against the results:
/// what was taken over from them is not tainted. The last one said counts.
/// </summary>
/// <param name="By">Whole id of a completed run.</param>
public sealed record SupersedeRun(string Run, string By, string Reason) : IRequest<Remark>
{
    public sealed class Validator : AbstractValidator<SupersedeRun>
    {
        public Validator() => RuleFor(command => command.Reason).MustSaySomething("--reason");
    }

    public sealed class Handler(LedgerHome home, FoldTables fold) : IRequestHandler<SupersedeRun, Remark>
    {
        public Task<Remark> Handle(SupersedeRun request, CancellationToken cancellationToken) => ReviewStream.Say(
            home, fold, request.Run, "supersede",
            async (store, review) =>
            {
                var by = await PlanRuns.Load(store, request.By, cancellationToken);
                var events = ReviewDecisions.Supersede(review, by, await Chain(store, request.By, cancellationToken), request.Reason);
                // Said of one run, then of another, then of the first again is three remarks.
                return ($"supersede by {request.By} at {review.Version}", events);
            },
            cancellationToken);

        private static async Task<IReadOnlyList<ReviewState>> Chain(LedgerStore store, string run, CancellationToken stop)
        {
            var chain = new List<ReviewState>();
            for (string? next = run; next is not null && !chain.Exists(review => review.Run == next); next = chain[^1].SupersededBy)
                chain.Add(await ReviewStream.Load(store, next, stop));
            return chain;
        }
    }
}
