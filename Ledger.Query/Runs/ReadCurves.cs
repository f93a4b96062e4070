using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>How the trainings of a run went, epoch by epoch; those taken over from another run with theirs.</summary>
/// <param name="Run">The beginning of its id.</param>
public sealed record ReadCurves(string Run) : IRequest<TrainingCurves>
{
    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ReadCurves, TrainingCurves>
    {
        public async Task<TrainingCurves> Handle(ReadCurves request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            string run = await RunIds.Run(reading, request.Run, cancellationToken);
            return new TrainingCurves(reading.Position, await reading.ReadOfRuns<EpochRow>(Sql, [run], cancellationToken));
        }

        // An epoch taken again after a resume counts as it came out last.
        private const string Sql = """
            select distinct on (s.ordinal, e.epoch) s.step, e.epoch, e.loss, e.accuracy, e.validation_loss, e.validation_accuracy, e.lr, e.position
            from results.steps s
            join results.origins o on o.run = s.run and o.step = s.step
            join results.epochs e on e.run = o.origin_run and e.step = o.origin_step
            where s.run = any($1) order by s.ordinal, e.epoch, e.position desc
            """;
    }
}

/// <param name="Position">Position of the ledger this is as of.</param>
public sealed record TrainingCurves(long Position, IReadOnlyList<EpochRow> Epochs);

/// <summary>A row of <c>results.epochs</c>.</summary>
public sealed record EpochRow(string Step, int Epoch, double? Loss, double? Accuracy, double? ValidationLoss, double? ValidationAccuracy, double Lr, long Position);
