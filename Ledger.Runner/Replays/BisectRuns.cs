using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using MediatR;

namespace Ledger.Runner.Replays;

/// <summary>Where two runs part: the first step, epoch and tensor, and what its key says is different. Reads only.</summary>
/// <param name="Mine">Id of a run.</param>
/// <param name="Theirs">Of another; steps are matched by their paths.</param>
public sealed record BisectRuns(string Mine, string Theirs) : IRequest<Parting>
{
    public sealed class Handler(LedgerHome home) : IRequestHandler<BisectRuns, Parting>
    {
        public async Task<Parting> Handle(BisectRuns request, CancellationToken cancellationToken)
        {
            await using var opened = await home.Open(cancellationToken);
            var mine = await OriginalRun.Traces(opened.Store, request.Mine, cancellationToken);
            var theirs = await OriginalRun.Traces(opened.Store, request.Theirs, cancellationToken);
            var compared = 0;
            foreach (var (path, trace) in mine)
            {
                if (!theirs.TryGetValue(path, out var other) || Between(trace, other, ref compared) is not { } first)
                    continue;
                var content = await CompareContents.Of(trace, other, opened.Artifacts);
                return new Parting(request.Mine, request.Theirs, path, CompareStep.Words(first, content), content?.MaxAbs, content?.MaxUlp, Why(trace, other), compared);
            }

            return new Parting(request.Mine, request.Theirs, null, null, null, null, [], compared);
        }

        private static FirstDifference? Between(StepTrace mine, StepTrace theirs, ref int compared)
        {
            if (Bisection.FirstEpoch(mine.Epochs, theirs.Epochs, out var digests) is not { } epoch)
            {
                compared += digests + 1;
                return FirstDifference.Between(mine, theirs);
            }

            compared += digests;
            return FirstDifference.Between(mine.Epochs[epoch - 1], theirs.Epochs[epoch - 1]);
        }

        /// <summary>At the first step that parts, what it takes from earlier ones is equal, so that inputs that differ are data.</summary>
        private static IReadOnlyList<Difference> Why(StepTrace mine, StepTrace theirs) =>
            mine.Fields is { } a && theirs.Fields is { } b ? a.Differences(b) : [];
    }
}

/// <param name="Step">The first step that parts; null when every step that both have is the same.</param>
/// <param name="Where">Epoch and tensor, example or metric.</param>
/// <param name="Why">The fields of the step's key that differ.</param>
/// <param name="Compared">Digests and results compared.</param>
public sealed record Parting(
    string Mine, string Theirs, string? Step, string? Where, double? MaxAbsDifference, long? MaxUlpDifference, IReadOnlyList<Difference> Why, int Compared);
