using System.Text.Json;
using FluentValidation;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>Events in the order of their positions: of a run with its remarks, of an experiment with all its runs, or of the whole ledger.</summary>
/// <param name="Of">Beginning of a run's id, or of an experiment's name or id; null: everything.</param>
/// <param name="From">The first position wanted.</param>
/// <param name="Limit">Most events at once.</param>
public sealed record ReadLog(string? Of = null, long From = 0, int Limit = ReadLog.Page) : IRequest<LogPage>
{
    public const int Page = 10_000;

    internal sealed class Validator : AbstractValidator<ReadLog>
    {
        public Validator() => RuleFor(query => query.From).GreaterThanOrEqualTo(0).WithMessage("a position, 0 or more").OverridePropertyName("--from");
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ReadLog, LogPage>
    {
        public async Task<LogPage> Handle(ReadLog request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            var (run, experiment) = request.Of is null ? (null, null) : await RunIds.RunOrExperiment(reading, request.Of, cancellationToken);
            string where = (run, experiment) switch
            {
                (not null, _) => "(e.stream_id in ('run/' || $3, 'review/' || $3) or starts_with(e.stream_id, 'review/' || $3 || '@'))",
                (_, not null) => "(e.stream_id = 'experiment/' || $3 or split_part(split_part(e.stream_id, '/', 2), '@', 1) in (select r.run from results.runs r where r.experiment = $3))",
                _ => "$3 = ''",
            };
            var entries = await reading.Read<LogEntry>(
                $"""
                select l.position, l.recorded_at, e.stream_id as stream, l.version, l.type, e.data
                from ledger.mt_events e join ledger_log.log l on l.seq_id = e.seq_id
                where l.position >= $1 and l.position <= {reading.Position} and {where}
                order by l.position limit $2
                """,
                cancellationToken, request.From, request.Limit, run ?? experiment?.Experiment ?? "");
            return new LogPage(reading.Position, entries);
        }
    }
}

/// <param name="Position">Position of the ledger this was read at.</param>
public sealed record LogPage(long Position, IReadOnlyList<LogEntry> Events)
{
    /// <summary>Where to read on: after the last event, or after the head when the page holds everything up to it.</summary>
    public long Next(int limit) => Events.Count == limit ? Events[^1].Position + 1 : Position + 1;
}

/// <summary>One event.</summary>
/// <param name="Version">Place in its stream, from 1.</param>
/// <param name="Type">Wire name.</param>
/// <param name="Data">The payload as stored.</param>
public sealed record LogEntry(long Position, DateTimeOffset RecordedAt, string Stream, long Version, string Type, JsonElement Data)
{
    /// <summary>One line for people.</summary>
    public string Summary => EventSummary.Of(Type, Data);
}
