using System.Globalization;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Query.Results;

namespace Ledger.Query.Evidence;

/// <summary>Finds a cell of a results table, and the events that its row is folded from.</summary>
internal static class CellClaims
{
    public static async Task<(Claim, IReadOnlyList<long>)> Of(Reading reading, ProofTarget.Cell cell, CancellationToken stop)
    {
        var table = Definitions.All.FirstOrDefault(definition => definition.Name == cell.Table)
            ?? throw Unknown("table", cell.Table, Definitions.All.Select(definition => definition.Name).Order(StringComparer.Ordinal));
        if (!table.Columns.Any(column => column.Name == cell.Column))
            throw Unknown($"column of {table.Name}", cell.Column, table.Columns.Select(column => column.Name));
        var row = await Row(reading, table, cell, stop);
        var key = table.Key.ToDictionary(column => column, column => row.GetProperty(column), StringComparer.Ordinal);
        var events = await Events(reading, table, key, stop);
        bool isFact = table.Kind == TableKind.Fact;
        return (
            new CellClaim(
                table.Name, key, cell.Column, row.GetProperty("value_of_cell"), isFact ? CellRule.Event : table.Kind == TableKind.State ? CellRule.Stream : CellRule.Sources,
                isFact ? [] : [.. events.GroupBy(e => e.Stream, StringComparer.Ordinal).Select(stream => new StreamExtent(stream.Key, stream.Count()))],
                [.. Definitions.WithSources(table).Select(definition => new SqlDefinition(definition.Name, definition.Digest, definition.Text))]),
            [.. events.Select(e => e.Position).Order()]);
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

    private static async Task<IReadOnlyList<(long Position, string Stream)>> Events(Reading reading, TableDefinition table, Dictionary<string, JsonElement> key, CancellationToken stop)
    {
        if (table.Kind == TableKind.Fact)
            return [(key["position"].GetInt64(), "")];
        string of = key[table.Key[0]].GetString()!;
        var streams = table.Kind == TableKind.View ? await reading.Rows(Sources, row => row.GetString(0), stop, of) : [$"{(table.Key[0] == "run" ? "run" : "experiment")}/{of}"];
        return await reading.Rows(
            $"""
            select l.position, e.stream_id from ledger.mt_events e join ledger_log.log l on l.seq_id = e.seq_id
            where e.stream_id = any($1) and l.position <= {reading.Position} order by l.position
            """,
            row => (row.GetInt64(0), row.GetString(1)), stop, (object)streams.ToArray());
    }

    // As CellRule.Sources says. Reading refuses a query that begins with WITH, since it may put one before it.
    private const string Sources = """
        select s.stream from (
            with recursive source as (
                select $1::text as run
                union
                select case e.type when 'run.step_reused.v1' then e.data->>'sourceRun' else e.data->>'replayOf' end
                from source s join ledger.mt_events e on e.stream_id = 'run/' || s.run and e.type in ('run.step_reused.v1', 'run.planned.v1')
                where s.run is not null
            )
            select 'run/' || run as stream from source where run is not null
            union all
            select r.id from source s join ledger.mt_streams r on r.id = 'review/' || s.run or starts_with(r.id, 'review/' || s.run || '@') where s.run is not null
            union all
            select 'experiment/' || (e.data->>'experiment') from ledger.mt_events e where e.stream_id = 'run/' || $1 and e.type = 'run.planned.v1'
        ) s
        """;

    private static BadInput Unknown(string what, string found, IEnumerable<string> there) => new(new Problem($"no {what} '{found}'", $"one of {string.Join(", ", there)}", "what"));
}
