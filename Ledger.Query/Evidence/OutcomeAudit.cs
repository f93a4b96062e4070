using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;
using Ledger.Query.Results;

namespace Ledger.Query.Evidence;

/// <summary>Computes from the outcomes of examples, as they are stored, what events say was counted over them.</summary>
internal static class OutcomeAudit
{
    public static async Task<IReadOnlyList<Finding>> Of(Reading reading, ArtifactStore store, Func<string, bool> wanted, CancellationToken stop)
    {
        var counted = await reading.Rows(
            """
            select l.position, l.event_id, e.stream_id || ' ' || (e.data->>'step'), l.type, e.data::text
            from ledger_log.log l join ledger.mt_events e on e.seq_id = l.seq_id
            where l.type in ('run.attack_completed.v1', 'run.measurement_completed.v1') and e.data #>> '{outcomes,digest}' is not null
            order by l.position
            """,
            row => (Position: row.GetInt64(0), Event: row.GetGuid(1), Subject: row.GetString(2), Data: Parse(row.GetString(3), row.GetString(4))),
            stop);
        var findings = new List<Finding>();
        foreach (var (position, id, subject, data) in counted)
        {
            if (data is not { } step || !wanted(step.Outcomes))
                continue;
            var (outcomes, unreadable) = await Read(store, step.Outcomes);
            if (unreadable is not null)
                findings.Add(Finding.Broken("unreadable-outcomes", $"{subject}, artifact {step.Outcomes}", "outcomes of examples in Parquet", unreadable, position, id));
            else if (outcomes is not null)
                findings.AddRange(Compare(step.Completion, outcomes).Select(fault => Finding.Broken("outcome-counts", $"{subject}, {fault.Of}", fault.Expected, fault.Found, position, id)));
        }

        return findings;
    }

    /// <summary>Figures of an event that are not those of its outcomes.</summary>
    internal static IEnumerable<(string Of, string Expected, string Found)> Compare(StepCompletion completion, IReadOnlyList<Outcome> outcomes)
    {
        var counts = OutcomeCounts.Of(outcomes);
        IEnumerable<(string Of, object? Expected, object? Found)> figures = completion switch
        {
            AttackCompleted attack =>
            [
                ("examples", counts.Examples, attack.Examples), ("correct", counts.Correct, attack.Correct), ("broken", counts.Broken, attack.Broken),
                ("standing", attack.Standing is null ? null : StandingExamples.Of(outcomes), attack.Standing),
            ],
            MeasurementCompleted measured => measured.Metrics.Where(metric => metric.Layer is null).SelectMany<MetricValue, (string, object?, object?)>(metric => metric.Name switch
            {
                "clean_accuracy" => [(metric.Name, counts.CleanAccuracy, metric.Value)],
                "examples" => [(metric.Name, (double)counts.Examples, metric.Value)],
                _ => [],
            }),
            _ => [],
        };
        return figures.Where(figure => !Equals(figure.Expected, figure.Found)).Select(figure => (figure.Of, $"{figure.Expected}", $"{figure.Found}"));
    }

    private static (StepCompletion Completion, string Outcomes)? Parse(string type, string data)
    {
        try
        {
            return type == "run.attack_completed.v1"
                ? JsonSerializer.Deserialize<AttackCompleted>(data, LedgerJson.Strict) is { } attack ? (attack, attack.Outcomes.Digest) : null
                : JsonSerializer.Deserialize<MeasurementCompleted>(data, LedgerJson.Strict) is { Outcomes: { } outcomes } measured ? (measured, outcomes.Digest) : null;
        }
        catch (JsonException)
        {
            return null; // The event itself is found unreadable where events are looked at one by one.
        }
    }

    /// <summary>Neither where the file is missing, released or damaged, which is another audit's finding.</summary>
    private static async Task<(IReadOnlyList<Outcome>? Outcomes, string? Unreadable)> Read(ArtifactStore store, string digest)
    {
        if (!ContentHash.TryParse(digest, out var hash) || !store.Has(hash))
            return (null, null);
        try
        {
            return (await Domain.Metrics.Outcomes.ReadAsync(new MemoryStream(store.ReadAll(hash))), null);
        }
        catch (CorruptEvidence)
        {
            return (null, null);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The bytes are those the event names, so whoever wrote it chose them; the reader says in many ways that they are no Parquet.
            return (null, e.Message);
        }
    }
}
