using Npgsql;

namespace Ledger.Query.Results;

/// <summary>
/// What two ledgers must agree on when they hold the same work: of every table that tells of runs the computed columns, each row once. A row stands
/// for its matrix point and seed, or where it tells of one event for the key of its step, never for an id. Runs that did not complete count with the
/// steps they completed.
/// </summary>
public static class ComputedRows
{
    /// <summary>Table → its rows as JSON, in their order as text.</summary>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> Of(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var reading = await Reading.Open(source, null, stop);
        var tables = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var table in Definitions.All.Where(table => Has(table, "run") && Computed(table).Any()))
            tables[table.Name] = await reading.Rows(Sql(table), row => row.GetString(0), stop);
        return tables;
    }

    private static string Sql(TableDefinition table) =>
        $"""
        select distinct to_jsonb(q)::text as line
        from (select {Place(table)}{string.Join(", ", Computed(table).Select(column => $"t.{column.Name}"))}
              from results.{table.Name} t {Owner(table)}
              where {(Has(table, "class") ? "t.class = 'computed'" : "true")}) q
        order by line
        """;

    private static string Place(TableDefinition table) => (table.Kind, Has(table, "step")) switch
    {
        (TableKind.Fact, true) => "s.key as of_step, ",
        (TableKind.Fact, false) => "",
        _ => "r.point as of_point, r.seed as of_seed, ",
    };

    private static string Owner(TableDefinition table) => (table.Kind, Has(table, "step")) switch
    {
        (TableKind.Fact, true) => "join results.steps s on s.run = t.run and s.step = t.step",
        (TableKind.Fact, false) => "",
        _ => "join results.runs r on r.run = t.run and r.state = 'completed'",
    };

    private static IEnumerable<Column> Computed(TableDefinition table) => table.Columns.Where(column => column.Class == ColumnClass.Computed);

    private static bool Has(TableDefinition table, string column) => table.Columns.Any(own => own.Name == column);
}
