using CsCheck;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Results;

/// <summary>A query about a few runs that is confined to them gives what it gives over the whole ledger.</summary>
public sealed class RunScopeTests(PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static IEnumerable<string> OfRuns => Definitions.All.Where(table => table.Columns.Any(column => column.Name == "run")).Select(table => table.Name);

    [Fact]
    public async Task Confined_to_runs_every_table_has_the_rows_it_has_of_them()
    {
        await using var store = LedgerStore.Open(await postgres.CreateDatabase("scope"), TimeProvider.System);
        await Migrate.Apply(store, RandomLedger.Someone, Stop);
        await using var connection = await store.Source.OpenConnectionAsync(Stop);
        var ledger = new RandomLedger(store);
        int rows = 0;
        await RandomLedger.Moves.SampleAsync(
            async moves =>
            {
                await ledger.Make(moves, Stop);
                await ResultTables.CatchUp(connection, Stop);
                var runs = await connection.Rows("select run from results.runs order by md5(run)", row => row.GetString(0), Stop);
                foreach (string[] few in runs.Chunk(3).Take(3))
                {
                    foreach (string table in OfRuns)
                        rows += await Same(connection, table, few);
                }
            },
            iter: 4, threads: 1);
        rows.ShouldBeGreaterThan(100);
    }

    private static async Task<int> Same(NpgsqlConnection connection, string table, string[] runs)
    {
        string sql = $"select row_to_json(t)::text from results.{table} t where t.run = any($1) order by 1";
        var whole = await connection.Rows(sql, row => row.GetString(0), Stop, [runs]);
        (await connection.Rows(RunScope.Of(sql), row => row.GetString(0), Stop, [runs])).ShouldBe(whole, table);
        return whole.Count;
    }
}
