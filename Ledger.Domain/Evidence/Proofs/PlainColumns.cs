using System.Text.Json;

namespace Ledger.Domain.Evidence.Proofs;

/// <summary>
/// Columns that hold a member of an event's data as it stands, so that they can be checked without SQL. The table below is part of the proof
/// format: docs/proof-format.md and docs/verify_proof.py have the same.
/// </summary>
internal static class PlainColumns
{
    // table | events | list, where the row is one of its items | columns; a column of another name than its member: column=member.
    private const string Table =
        """
        attacks|run.attack_completed.v1||step outcomes_digest=outcomes.digest examples_digest examples correct broken eps_float_bits step_size gradient gradient_evaluations forward_evaluations max_distance perturbed_digest=perturbed.digest seconds
        checks|experiment.checks_judged.v1|verdicts|check_name=check verdict declared
        compressions|run.compression_completed.v1||step architecture_digest=model.architecture.digest weights_digest=model.weights.digest method requested achieved parameters nonzero_parameters forward_difference gradient_evaluations seconds
        epochs|run.epoch_completed.v1||step epoch loss accuracy lr weights_digest gradient_evaluations validation_loss validation_accuracy seconds
        measurements|run.measurement_completed.v1 run.attack_completed.v1|metrics|metric=name layer value unit class
        metrics|run.measurement_completed.v1 run.attack_completed.v1|metrics|metric=name layer value unit class
        trainings|run.training_completed.v1||step architecture_digest=model.architecture.digest weights_digest=model.weights.digest epochs kept_epoch examples loss gradient_evaluations seconds
        """;

    private static readonly Dictionary<string, Plain> Tables = Table.Split('\n').Select(line => line.Split('|')).ToDictionary(
        parts => parts[0],
        parts => new Plain(parts[1].Split(' '), parts[2], parts[3].Split(' ').Select(column => column.Split('=')).ToDictionary(pair => pair[0], pair => pair.Length == 2 ? pair[1] : Camel(pair[0]), StringComparer.Ordinal)),
        StringComparer.Ordinal);

    /// <summary>Every plain column, as table and column.</summary>
    internal static IEnumerable<(string Table, string Column)> All => Tables.SelectMany(table => table.Value.Columns.Keys.Select(column => (table.Key, column)));

    public static bool Has(string table, string column) => Tables.TryGetValue(table, out var plain) && plain.Columns.ContainsKey(column);

    /// <summary>The value of a plain column; of kind <see cref="JsonValueKind.Undefined"/> where the event has none, which is null in a table.</summary>
    /// <param name="ordinal">Place in the list, from 1; of no meaning where the row is the whole event.</param>
    /// <exception cref="RowNotThere">The event has no such row.</exception>
    public static JsonElement Value(string table, string column, ToldEvent told, long ordinal)
    {
        var plain = Tables[table];
        if (!plain.Types.Contains(told.Type, StringComparer.Ordinal))
            throw new RowNotThere(told.Type, string.Join(" or ", plain.Types));
        var row = plain.List.Length == 0 ? told.Data : ArtifactRoles.Member(told.Data, plain.List);
        if (plain.List.Length > 0)
        {
            int items = row.ValueKind == JsonValueKind.Array ? row.GetArrayLength() : 0;
            row = ordinal >= 1 && ordinal <= items ? row[(int)ordinal - 1] : throw new RowNotThere($"ordinal {ordinal}", $"1 to {items}");
        }

        return ArtifactRoles.Member(row, plain.Columns[column]);
    }

    private static string Camel(string column) => string.Concat(column.Split('_').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    private sealed record Plain(string[] Types, string List, IReadOnlyDictionary<string, string> Columns);
}

/// <summary>The event has no row such as is claimed.</summary>
internal sealed class RowNotThere(string found, string expected) : Exception($"{found} instead of {expected}")
{
    public Problem At(string place) => new(found, expected, place);
}
