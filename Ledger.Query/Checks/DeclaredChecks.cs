using System.Text.Json;
using Ledger.Domain.Checks;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Store;
using Ledger.Query.Results;

namespace Ledger.Query.Checks;

/// <summary>A check of the specification in force.</summary>
/// <param name="Check">Null when it is in a form this version does not read.</param>
/// <param name="Declared">pre or post hoc.</param>
internal sealed record DeclaredClaim(string Name, Check? Check, ContentHash Definition, string Declared);

/// <summary>
/// The checks in force at a position, each with whether it stood before the first result: the first step of any run of the experiment that
/// was completed, or taken over from elsewhere. What an attack or a measurement found was known since any run first completed the step of
/// that key, in whatever experiment; a network taken over is shared work and tells nothing until something is found of it here.
/// </summary>
/// <param name="Spec">The specification in force.</param>
internal sealed record DeclaredChecks(JsonElement Spec, IReadOnlyList<DeclaredClaim> Checks)
{
    public static async Task<DeclaredChecks> Read(Reading reading, string experiment, CancellationToken stop)
    {
        var events = await reading.Read<StreamEvent>(
            $"""
            select l.version, l.position, l.type, e.data
            from ledger.mt_events e join ledger_log.log l on l.seq_id = e.seq_id
            where e.stream_id = 'experiment/' || $1 and l.position <= {reading.Position}
            order by l.version
            """,
            stop, experiment);
        var state = ExperimentState.Fold(experiment, [.. events.Select(Event)]);
        long? before = await FirstResult(reading, experiment, stop) is { } first ? events.Count(e => e.Position < first) : null;
        var spec = events.Select(Event).Select(e => e switch { Registered r => r.Spec, Amended a => a.Spec, _ => (JsonElement?)null }).Last(spec => spec is not null)!.Value;
        return new DeclaredChecks(
            spec,
            [
                .. state.Checks.OrderBy(check => check.Key, StringComparer.Ordinal).Select(check => new DeclaredClaim(
                    check.Key, Claim(spec.GetProperty("checks").GetProperty(check.Key)), check.Value.Definition, state.Declared(check.Key, before))),
            ]);
    }

    private static async Task<long?> FirstResult(Reading reading, string experiment, CancellationToken stop) =>
        (await reading.Rows(
            """
            select min(known.position) from (
                select s.position_to as position from results.steps s join results.runs r on r.run = s.run
                where r.experiment = $1 and s.state in ('completed', 'reused')
                union all
                select f.position_to from results.steps s
                join results.runs r on r.run = s.run
                join results.steps f on f.key = s.key and f.state = 'completed'
                where r.experiment = $1 and s.kind in ('attack', 'measure') and s.state in ('completed', 'reused')
            ) known
            """,
            row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), stop, experiment))[0];

    private static Check? Claim(JsonElement definition)
    {
        try
        {
            return definition.Deserialize<Check>(LedgerJson.Options) is { Claim: not null, Where: not null } check ? check : null;
        }
        catch (Exception unread) when (unread is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    private static ExperimentEvent Event(StreamEvent stored) => (ExperimentEvent)stored.Data.Deserialize(
        EventNames.All.Single(name => name.Value == stored.Type).Key, LedgerJson.Options)!;

    private sealed record StreamEvent(long Version, long Position, string Type, JsonElement Data);
}
