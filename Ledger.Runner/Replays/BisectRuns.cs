using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using Ledger.Domain.Store;
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
                if (first is { Epoch: not null, Tensor: null })
                    first = await FirstTensor(opened.Store, request, trace, other, cancellationToken) ?? first;
                var content = await CompareContents.Of(trace, other, opened.Artifacts);
                return new Parting(
                    request.Mine, request.Theirs, path, CompareStep.Words(first, content), content?.MaxAbs, content?.MaxUlp, Why(trace, other), compared,
                    first is { Epoch: not null, Tensor: null });
            }

            return new Parting(request.Mine, request.Theirs, null, null, null, null, [], compared);
        }

        /// <summary>From digests of single tensors in replays of the two runs, where they are missing in the runs themselves.</summary>
        private static async Task<FirstDifference?> FirstTensor(LedgerStore store, BisectRuns request, StepTrace mine, StepTrace theirs, CancellationToken stop)
        {
            var (a, b) = (await WithTensors(store, request.Mine, mine, stop), await WithTensors(store, request.Theirs, theirs, stop));
            return FirstDifference.Between(a, b);
        }

        private static async Task<StepTrace> WithTensors(LedgerStore store, string run, StepTrace trace, CancellationToken stop)
        {
            foreach (var replay in await Replays(store, run, stop))
            {
                if ((await OriginalRun.Traces(store, replay, stop)).GetValueOrDefault(trace.Step) is { } again)
                    trace = trace.WithTensorsOf(again);
            }

            return trace;
        }

        private static async Task<IReadOnlyList<string>> Replays(LedgerStore store, string run, CancellationToken stop)
        {
            await using var command = store.Source.CreateCommand("select run from results.runs where replay_of = $1 order by position_from");
            command.Parameters.AddWithValue(run);
            await using var rows = await command.ExecuteReaderAsync(stop);
            var found = new List<string>();
            while (await rows.ReadAsync(stop))
                found.Add(rows.GetString(0));
            return found;
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
/// <param name="TensorMissing">The epoch is known and the tensor is not: the records have no digests of single tensors, and neither have replays.</param>
public sealed record Parting(
    string Mine, string Theirs, string? Step, string? Where, double? MaxAbsDifference, long? MaxUlpDifference, IReadOnlyList<Difference> Why, int Compared,
    bool TensorMissing = false);
