using System.Text.Json;
using Ledger.Domain.Evidence;
using Npgsql;

namespace Ledger.Query.Results;

/// <summary>A row that is not what the definition says it should be.</summary>
/// <param name="Key">The key's values, joined by a space.</param>
/// <param name="Expected">What the definition gives; null when the table has a row too many.</param>
/// <param name="Found">What the table holds; null when a row is missing.</param>
public sealed record TableFinding(string Table, string Key, string? Expected, string? Found)
{
    /// <summary>Columns that differ, when both sides have the row.</summary>
    public IReadOnlyList<Difference> Differences() => Expected is null || Found is null
        ? []
        : Difference.Between(JsonElement.Parse(Expected), JsonElement.Parse(Found));
}

/// <summary>Holds every table against its definition, evaluated from the ledger at the position the table claims.</summary>
public static class TableFindings
{
    /// <summary>None when every table is what the ledger says. Reads only; views have no rows of their own.</summary>
    public static async Task<IReadOnlyList<TableFinding>> Of(NpgsqlConnection connection, CancellationToken stop)
    {
        var progress = await TableProgress.Read(connection, stop);
        var findings = new List<TableFinding>();
        foreach (var table in Definitions.All.Where(table => table.Kind != TableKind.View && progress.ContainsKey(table.Name)))
            findings.AddRange(await Of(connection, table, progress[table.Name].Position, stop));
        return findings;
    }

    private static Task<IReadOnlyList<TableFinding>> Of(NpgsqlConnection connection, TableDefinition table, long position, CancellationToken stop) =>
        connection.Rows(
            TableSchema.Differences(table, position),
            row => new TableFinding(table.Name, row.GetString(0), Text(row, "expected"), Text(row, "found")),
            stop);

    private static string? Text(NpgsqlDataReader row, string column) =>
        row.IsDBNull(row.GetOrdinal(column)) ? null : row.GetString(row.GetOrdinal(column));
}
