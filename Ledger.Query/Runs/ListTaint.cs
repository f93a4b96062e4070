using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>What rests on a run: every result of other runs that is tainted if this one is retracted, and only then.</summary>
/// <param name="Run">Its whole id.</param>
public sealed record ListTaint(string Run) : IRequest<IReadOnlyList<TaintedStep>>
{
    /// <summary>Rows of <c>results.taint</c> of which a condition holds: on <c>t.retracted_run</c> for what rests on a run, on <c>t.run</c> for what of it is tainted.</summary>
    internal static string Sql(string condition) => $"""
        select t.run, e.slug as experiment, t.step, t.ancestor, t.retracted_run, t.retracted_step, t.reason
        from results.taint t
        join results.runs r on r.run = t.run
        join results.steps s on s.run = t.run and s.step = t.step
        left join results.experiments e on e.experiment = r.experiment
        where {condition} order by r.position_from, s.ordinal, t.distance, t.ancestor collate "C"
        """;

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ListTaint, IReadOnlyList<TaintedStep>>
    {
        public async Task<IReadOnlyList<TaintedStep>> Handle(ListTaint request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            return await reading.Read<TaintedStep>(Sql("t.retracted_run = $1"), cancellationToken, request.Run);
        }
    }
}

/// <summary>A row of <c>results.taint</c>, with the name of the experiment.</summary>
public sealed record TaintedStep(string Run, string? Experiment, string Step, string Ancestor, string RetractedRun, string RetractedStep, string? Reason);
