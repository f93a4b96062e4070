using System.Globalization;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Query.Results;

namespace Ledger.Query.Evidence;

/// <summary>Finds the row of a results table that a person means by a few letters of its key.</summary>
internal static class TableCell
{
    /// <returns>The table, and the columns of the row's key with the cell as <c>value_of_cell</c>.</returns>
    /// <exception cref="BadInput">No such table, column or row, or several rows.</exception>
    public static async Task<(TableDefinition Table, JsonElement Row)> Find(Reading reading, ProofTarget.Cell cell, CancellationToken stop)
    {
        var table = Definitions.All.FirstOrDefault(definition => definition.Name == cell.Table)
            ?? throw Unknown("table", cell.Table, Definitions.All.Select(definition => definition.Name).Order(StringComparer.Ordinal));
        return table.Columns.Any(column => column.Name == cell.Column)
            ? (table, await Row(reading, table, cell, stop))
            : throw Unknown($"column of {table.Name}", cell.Column, table.Columns.Select(column => column.Name));
    }

    private static async Task<JsonElement> Row(Reading reading, TableDefinition table, ProofTarget.Cell cell, CancellationToken stop)
    {
        string[] parts = cell.Row.Split('/', 2);
        object first = table.Key[0] != "position" ? parts[0] : long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long position) ? position : -1L;
        string begins = first is long ? $"{table.Key[0]} = $1" : $"starts_with({table.Key[0]}, upper($1))";
        string rest = table.Key.Count == 1 ? "''" : $"concat_ws('/', {string.Join(", ", table.Key.Skip(1))})";
        var rows = await reading.Rows(
            $"select row_to_json(q)::text from (select {string.Join(", ", table.Key)}, {cell.Column} as value_of_cell from results.{table.Name} t where {begins} and {rest} = $2 limit 2) q",
            row => JsonElement.Parse(row.GetString(0)), stop, first, parts.Length == 2 ? parts[1] : "");
        if (rows.Count == 1)
            return rows[0];
        var near = await reading.Rows(
            $"select concat_ws('/', {string.Join(", ", table.Key)}) from results.{table.Name} t order by ({begins}) desc, 1 limit 8", row => row.GetString(0), stop, first);
        throw new BadInput(new Problem(
            $"{(rows.Count == 0 ? "no row" : "several rows")} '{cell.Row}' in {table.Name}",
            near.Count == 0 ? "a table with rows; it has none yet" : $"values of {string.Join(", ", table.Key)}, such as {string.Join(", ", near)}", "what"));
    }

    private static BadInput Unknown(string what, string found, IEnumerable<string> there) => new(new Problem($"no {what} '{found}'", $"one of {string.Join(", ", there)}", "what"));
}
