using CsCheck;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Results;

/// <summary>Whatever the events and wherever the cuts: folded in parts = folded at once = evaluated as a query = what verification expects.</summary>
public sealed class FoldTests(PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static IEnumerable<TableDefinition> Tables => Definitions.All.Where(table => table.Kind != TableKind.View);

    [Fact]
    public async Task Folding_in_parts_gives_what_folding_at_once_gives()
    {
        await using var store = LedgerStore.Open(await postgres.CreateDatabase("fold"), TimeProvider.System);
        await Migrate.Apply(store, RandomLedger.Someone, Stop);
        await using var connection = await store.Source.OpenConnectionAsync(Stop);
        var ledger = new RandomLedger(store);
        await Gen.Select(RandomLedger.Moves, Gen.Int[0, 100].Array[0, 3]).SampleAsync(
            async sample =>
            {
                long before = await ResultTables.CatchUp(connection, Stop);
                long head = await ledger.Make(sample.Item1, Stop);
                foreach (int percent in sample.Item2.Order())
                    await ResultTables.CatchUp(connection, Definitions.All, before + (head - before) * percent / 100, rebuild: false, Stop);
                (await ResultTables.CatchUp(connection, Stop)).ShouldBe(head);

                var inParts = await Contents(connection, sql => sql);
                (await TableFindings.Of(connection, Stop)).ShouldBeEmpty();
                (await Contents(connection, sql => Definitions.AsOf(sql, head))).ShouldBe(inParts);
                await ResultTables.Rebuild(connection, Stop);
                (await Contents(connection, sql => sql)).ShouldBe(inParts);
            },
            iter: 6, threads: 1);
        (await connection.Scalar<long>("select count(*) from results.steps where key is not null", Stop)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task As_of_a_position_gives_what_the_tables_held_there()
    {
        await using var store = LedgerStore.Open(await postgres.CreateDatabase("asof"), TimeProvider.System);
        await Migrate.Apply(store, RandomLedger.Someone, Stop);
        await using var connection = await store.Source.OpenConnectionAsync(Stop);
        var ledger = new RandomLedger(store);
        long then = await ledger.Make(Enumerable.Range(0, 40).Select(i => (i * 7, i * 13)).ToArray(), Stop);
        await ResultTables.CatchUp(connection, Stop);
        var held = await Contents(connection, sql => sql);
        (await ledger.Make(Enumerable.Range(0, 20).Select(i => (i * 5, i * 3)).ToArray(), Stop)).ShouldBeGreaterThan(then);
        await ResultTables.CatchUp(connection, Stop);
        (await Contents(connection, sql => Definitions.AsOf(sql, then))).ShouldBe(held);
    }

    private static async Task<IReadOnlyList<string>> Contents(NpgsqlConnection connection, Func<string, string> written)
    {
        var contents = new List<string>();
        foreach (var table in Tables)
        {
            string columns = string.Join(", ", table.Columns.Select(column => column.Name));
            var rows = await connection.Rows(written($"select row_to_json(q)::text from (select {columns} from results.{table.Name} t) q order by 1"), row => row.GetString(0), Stop);
            contents.AddRange(rows.Select(row => $"{table.Name} {row}"));
        }

        return contents;
    }
}
