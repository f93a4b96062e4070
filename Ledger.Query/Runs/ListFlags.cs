using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>Every suspicion about a result, the latest first.</summary>
public sealed record ListFlags : IRequest<FlagList>
{
    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ListFlags, FlagList>
    {
        public async Task<FlagList> Handle(ListFlags request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            return new FlagList(reading.Position, await reading.Read<RaisedFlag>(Sql, cancellationToken));
        }

        private const string Sql = """
            select f.position, f.recorded_at, f.run, e.slug as experiment, r.point, r.seed, f.step, f.code, f.value, f.threshold, f.raised_by, f.reason
            from results.flags f left join results.runs r on r.run = f.run left join results.experiments e on e.experiment = r.experiment
            order by f.position desc
            """;
    }
}

/// <param name="Position">Position of the ledger the list is as of.</param>
public sealed record FlagList(long Position, IReadOnlyList<RaisedFlag> Flags);

/// <summary>A row of <c>results.flags</c>, with the run it is about.</summary>
public sealed record RaisedFlag(
    long Position, DateTimeOffset RecordedAt, string Run, string? Experiment, IReadOnlyDictionary<string, string>? Point, long? Seed, string Step, string Code, double? Value,
    double? Threshold, string RaisedBy, string? Reason);
