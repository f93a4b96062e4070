namespace Ledger.Query.Results;

/// <summary>The SQL that a definition gives rise to, besides its own SELECT. Pure text; names come from definition files, never from input.</summary>
internal static class TableSchema
{
    public const string Bookkeeping = """
        create schema if not exists results;
        comment on schema results is 'Tables and views computed from the ledger. Nothing here is evidence: everything can be dropped and computed again.';
        create table if not exists results.progress (
            table_name text primary key, kind text not null, definition text not null, position bigint not null, place integer not null);
        comment on table results.progress is 'How far each table has been folded, and from which definition.';
        comment on column results.progress.definition is 'SHA-256 of the definition.';
        comment on column results.progress.position is 'Every event up to here is in the table.';
        comment on column results.progress.place is 'Order in which the tables are made.';
        """;

    public static string Create(TableDefinition table, string name) =>
        $"create table results.{name} ({string.Join(", ", table.Columns.Select(column => $"{column.Name} {column.Type}"))})";

    /// <summary>The key and the indexes, made after a rebuild has filled the table.</summary>
    public static IEnumerable<string> Keys(TableDefinition table, string name) =>
    [
        $"alter table results.{name} add primary key ({string.Join(", ", table.Key)})",
        .. table.Indexes.Select(columns => $"create index on results.{name} ({columns})"),
    ];

    public static string CreateView(TableDefinition view) => $"create view results.{view.Name} as {view.Over(0, long.MaxValue)}";

    public static IEnumerable<string> Comments(TableDefinition table)
    {
        string what = table.Kind == TableKind.View ? "view" : "table";
        yield return $"comment on {what} results.{table.Name} is {Quoted(table.About)}";
        foreach (var column in table.Columns)
        {
            string kind = string.Join(", ", new[] { column.Unit, column.Class.ToString().ToLowerInvariant() }.Where(word => word.Length > 0));
            yield return $"comment on column results.{table.Name}.{column.Name} is {Quoted($"{column.About} [{kind}]")}";
        }
    }

    public static string Fold(TableDefinition table, string into, long from, long to)
    {
        string columns = string.Join(", ", table.Columns.Select(column => column.Name));
        string insert = $"insert into results.{into} ({columns}) select {columns} from ({table.Over(from, to)}) folded";
        return table.Kind == TableKind.State && from > 0 ? $"{insert} {Replace(table)}" : insert;
    }

    /// <summary>Rows in which the table and its definition at a position differ: key, both sides as JSON, null where a side has no row.</summary>
    public static string Differences(TableDefinition table, long position)
    {
        string key = string.Join(", ", table.Key.Select(column => $"coalesce(found.{column}::text, expected.{column}::text)"));
        string same = string.Join(" and ", table.Key.Select(column => $"found.{column} = expected.{column}"));
        string columns = string.Join(", ", table.Columns.Select(column => column.Name));
        return $"""
            select * from (
                select concat_ws(' ', {key}) as key, to_jsonb(found) as found, to_jsonb(expected) as expected
                from results.{table.Name} found
                full join (select {columns} from ({table.Over(0, position)}) d) expected on {same}
                where to_jsonb(found) is distinct from to_jsonb(expected)
            ) differing order by key collate "C"
            """;
    }

    private static string Replace(TableDefinition table)
    {
        var values = table.Columns.Select(column => column.Name).Except(table.Key, StringComparer.Ordinal).ToList();
        return $"on conflict ({string.Join(", ", table.Key)}) do update set {string.Join(", ", values.Select(column => $"{column} = excluded.{column}"))}";
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
