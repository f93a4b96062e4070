using System.Text.Json;

namespace Ledger.Domain.Evidence.Proofs;

/// <summary>Values of cells that are plain functions of events.</summary>
internal static class CellValue
{
    // As the views follow a chain of results taken over.
    private const int MostHops = 64;

    /// <summary>Events that say where a step stands.</summary>
    private static readonly string[] Changes =
    [
        "run.step_started.v1", "run.step_reused.v1", "run.step_failed.v1", "run.training_completed.v1", "run.compression_completed.v1", "run.attack_completed.v1",
        "run.measurement_completed.v1",
    ];

    /// <summary>The value; null where it takes SQL to know it.</summary>
    /// <exception cref="RowNotThere">The events have no such row.</exception>
    public static JsonElement? Of(CellClaim claim, IReadOnlyList<ToldEvent> events) => claim switch
    {
        { Rule: CellRule.Event } when PlainColumns.Has(claim.Table, claim.Column) => Plain(claim, events[0]),
        { Table: "metrics" } when PlainColumns.Has(claim.Table, claim.Column) => Plain(claim, Result(claim, "step", events)),
        { Table: "robustness", Column: "examples" or "attacked" or "broken" or "clean_accuracy" or "robust_accuracy" }
            when CellCheck.Text(claim, "attack_step")?.Contains(" + ", StringComparison.Ordinal) is false => Counted(claim.Column, Result(claim, "attack_step", events)),
        _ => null,
    };

    private static JsonElement Plain(CellClaim claim, ToldEvent told)
    {
        if (CellCheck.Number(claim, "position") is { } position && position != told.Position)
            throw new RowNotThere($"position {position}", $"{told.Position}, where the step's result stands");
        var value = PlainColumns.Value(claim.Table, claim.Column, told, CellCheck.Number(claim, "ordinal") ?? 0);
        return value.ValueKind == JsonValueKind.Undefined ? Json<object?>(null) : value;
    }

    private static JsonElement? Counted(string column, ToldEvent attack)
    {
        if (attack.Type != "run.attack_completed.v1" || attack.Number("examples") is not { } examples || attack.Number("correct") is not { } correct || attack.Number("broken") is not { } broken)
            throw new RowNotThere(attack.Type, "an attack with its counts");
        return examples == 0 ? null : column switch
        {
            "examples" => Json(examples),
            "attacked" => Json(correct),
            "broken" => Json(broken),
            "clean_accuracy" => Json((double)correct / examples),
            _ => Json((double)(correct - broken) / examples),
        };
    }

    /// <summary>The event that ended a step with its result, in the run or in the one it was taken over from.</summary>
    private static ToldEvent Result(CellClaim claim, string column, IReadOnlyList<ToldEvent> events)
    {
        string? run = CellCheck.Text(claim, "run"), step = CellCheck.Text(claim, column);
        for (int hops = 0; hops <= MostHops; hops++)
        {
            var last = events.Where(e => e.Stream == $"run/{run}" && e.Text("step") == step && Changes.Contains(e.Type, StringComparer.Ordinal)).MaxBy(e => e.Entry.Version);
            if (last is null or { Type: "run.step_failed.v1" or "run.step_started.v1" })
                break;
            if (last.Type != "run.step_reused.v1")
                return last;
            (run, step) = (last.Text("sourceRun"), last.Text("sourceStep"));
        }

        throw new RowNotThere($"step {step} of run {run}", "one that has a result");
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, LedgerJson.Options);
}
