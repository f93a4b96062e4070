using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>
/// How many runs were reproduced, experiment by experiment. A run counts by its last replay of all its steps; replays of some steps, and
/// those that were not judged, count for nothing.
/// </summary>
/// <param name="Experiment">The beginning of a name or id; null: all.</param>
public sealed record CountReplays(string? Experiment) : IRequest<ReplayCounts>
{
    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<CountReplays, ReplayCounts>
    {
        public async Task<ReplayCounts> Handle(CountReplays request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            string only = request.Experiment is null ? "" : (await RunIds.Experiment(reading, request.Experiment, cancellationToken)).Experiment;
            return new ReplayCounts(
                reading.Position, await reading.Read<ReplayCount>(Counts, cancellationToken, only), await reading.Read<ApartReplay>(Apart, cancellationToken, only));
        }

        private const string Last = """
            with last as (
                select distinct on (p.original) p.* from results.replays p
                where p.whole and p.verdict is not null order by p.original, p.position desc
            )
            """;

        private const string Counts = $"""
            {Last}
            select e.slug as experiment, count(*)::integer as runs, count(l.original)::integer as replayed,
                   count(*) filter (where l.verdict = 'identical')::integer as reproduced, count(*) filter (where l.verdict = 'close')::integer as close,
                   count(*) filter (where l.verdict = 'diverged')::integer as diverged,
                   count(*) filter (where l.verdict = 'not-comparable')::integer as not_comparable, max(l.ended_at) as last_at
            from results.runs r join results.experiments e on e.experiment = r.experiment left join last l on l.original = r.run
            where r.replay_of is null and r.state in ('completed', 'failed') and ($1 = '' or r.experiment = $1)
            group by e.slug, e.position_from order by e.position_from
            """;

        private const string Apart = $"""
            {Last}
            select e.slug as experiment, l.original, l.replay, l.verdict, l.same_class, l.ended_at
            from last l join results.experiments e on e.experiment = l.experiment
            where l.verdict <> 'identical' and ($1 = '' or l.experiment = $1) order by l.position
            """;
    }
}

/// <param name="Counts">In the order in which the experiments were registered.</param>
/// <param name="Apart">Runs whose last replay did not come out identical.</param>
public sealed record ReplayCounts(long Position, IReadOnlyList<ReplayCount> Counts, IReadOnlyList<ApartReplay> Apart);

/// <param name="Runs">Originals that have come to their end.</param>
/// <param name="Replayed">Those with a replay that counts.</param>
/// <param name="Reproduced">Those that came out identical, bit for bit.</param>
/// <param name="LastAt">When the last of these replays ended.</param>
public sealed record ReplayCount(
    string Experiment, int Runs, int Replayed, int Reproduced, int Close, int Diverged, int NotComparable, DateTimeOffset? LastAt);

/// <param name="SameClass">Whether equal bits were promised.</param>
public sealed record ApartReplay(string Experiment, string Original, string Replay, string Verdict, bool SameClass, DateTimeOffset? EndedAt);
