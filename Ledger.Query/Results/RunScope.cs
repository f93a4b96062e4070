namespace Ledger.Query.Results;

/// <summary>
/// Queries that concern a few runs. Views go through every run of the ledger before a condition on runs is looked at; here each table they read is
/// first cut down to these runs and those whose results they took over, so that a query takes as long as its runs are large, not the ledger.
/// </summary>
internal static class RunScope
{
    private const string Runs = """
        within_these as materialized (
            with recursive rest_on(run) as (
                select unnest($1::text[]) union select s.source_run from rest_on r join results.steps s on s.run = r.run where s.source_run is not null)
            select run from rest_on)
        """;

    /// <summary>The query over <c>results.*</c> with what it reads written out as common table expressions.</summary>
    /// <param name="sql">Must not begin with WITH. Its first parameter is the array of runs, to which it must still confine its own rows.</param>
    public static string Of(string sql, IReadOnlyList<TableDefinition>? definitions = null)
    {
        definitions ??= Definitions.All;
        var needed = Definitions.Closure(sql, definitions);
        IEnumerable<string> parts = definitions.Where(definition => needed.Contains(definition.Name)).Select(definition => definition switch
        {
            { Kind: TableKind.View } => $"within_{definition.Name} as ({Written(definition.Sql)})",
            _ when IsOfRuns(definition) => $"within_{definition.Name} as (select * from results.{definition.Name} where run in (select run from within_these))",
            _ => $"within_{definition.Name} as (select * from results.{definition.Name})",
        });
        return $"with {string.Join(",\n", parts.Prepend(Runs))}\n{Written(sql)}";
    }

    private static bool IsOfRuns(TableDefinition table) => table.Columns.Any(column => column.Name == "run");

    private static string Written(string sql) => TableDefinition.References().Replace(sql, "within_${table}");
}
