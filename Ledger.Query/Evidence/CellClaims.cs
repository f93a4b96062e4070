using System.Text.Json;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Query.Results;

namespace Ledger.Query.Evidence;

/// <summary>Finds a cell of a results table, and the events that its row is folded from.</summary>
internal static class CellClaims
{
    public static async Task<(Claim, IReadOnlyList<long>)> Of(Reading reading, ProofTarget.Cell cell, CancellationToken stop)
    {
        var (table, row) = await TableCell.Find(reading, cell, stop);
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
}
