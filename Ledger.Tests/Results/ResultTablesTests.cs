using Ledger.Domain;
using Ledger.Query;
using Ledger.Query.Results;
using Ledger.Tests.Query;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Results;

/// <summary>The upkeep of the tables; every test leaves them right.</summary>
public sealed class ResultTablesTests(SampleLedger ledger) : IClassFixture<SampleLedger>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_changed_row_is_found_and_a_changed_definition_computes_the_table_anew()
    {
        await using var connection = await Caught();
        await connection.Execute("update results.attacks set broken = 1 where run = $1 and step = 'pgd'", Stop, SampleLedger.Runs[0]);
        var finding = (await TableFindings.Of(connection, Stop)).ShouldHaveSingleItem();
        finding.Table.ShouldBe("attacks");
        finding.Differences().ShouldHaveSingleItem().Path.ShouldBe("broken");

        await ResultTables.CatchUp(connection, Stop);
        (await TableFindings.Of(connection, Stop)).Count.ShouldBe(1, "nothing new, so nothing is folded");
        await connection.Execute("update results.progress set definition = 'older' where table_name = 'attacks'", Stop);
        await ResultTables.CatchUp(connection, Stop);
        (await TableFindings.Of(connection, Stop)).ShouldBeEmpty();
        (await connection.Scalar<long>("select count(*) from results.robustness", Stop)).ShouldBe(10);
    }

    /// <summary>The rebuild is held up where it reads events, before it is done: whoever reads tables then has the old ones.</summary>
    [Fact]
    public async Task Readers_are_not_kept_waiting_while_tables_are_computed_anew()
    {
        await using var connection = await Caught();
        await using var reader = new NpgsqlConnection(ledger.Place.ConnectionString);
        await reader.OpenAsync(Stop);
        await using var stopper = new NpgsqlConnection(ledger.Place.ConnectionString);
        await stopper.OpenAsync(Stop);
        await using var held = await stopper.BeginTransactionAsync(Stop);
        await stopper.Execute("lock table ledger.mt_events in access exclusive mode", Stop);
        var rebuild = ResultTables.Rebuild(connection, Stop);
        while (await reader.Scalar<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'", Stop) == 0)
            await Task.Delay(10, Stop);

        await reader.Execute("set lock_timeout = '100ms'", Stop);
        foreach (var table in Definitions.All)
            await reader.Scalar<long>($"select count(*) from results.{table.Name}", Stop);
        rebuild.IsCompleted.ShouldBeFalse();
        await held.RollbackAsync(Stop);
        await rebuild;
        (await TableFindings.Of(connection, Stop)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_verbs_of_who_maintains_the_tables_list_verify_and_rebuild_them()
    {
        await using var connection = await Caught();
        (await Said.By(ledger.Place, "projections", "verify")).Output.ShouldEndWith("tables are what their definitions give.");
        await connection.Execute("update results.attacks set broken = 1 where run = $1 and step = 'pgd'", Stop, SampleLedger.Runs[0]);
        var wrong = await Said.By(ledger.Place, "projections", "verify");
        wrong.ExitCode.ShouldBe(4);
        wrong.Output.ShouldMatch(@"attacks\s+\d+\s+broken\s+640\s+1\n");
        var rebuilt = await Said.By(ledger.Place, "projections", "rebuild");
        (rebuilt.ExitCode, rebuilt.Error.Split('\n').Length).ShouldBe((0, Definitions.All.Count(table => table.Kind != TableKind.View)));
        (await Said.By(ledger.Place, "projections", "verify")).ExitCode.ShouldBe(0);
        var list = System.Text.Json.JsonElement.Parse((await Said.By(ledger.Place, "projections", "list", "--json")).Output).GetProperty("projections").EnumerateArray().ToList();
        list.Select(table => table.GetProperty("name").GetString()).ShouldBe(Definitions.All.Select(table => table.Name));
        list.ShouldAllBe(table => table.GetProperty("is_current").GetBoolean());
    }

    [Fact]
    public async Task Missing_and_surplus_rows_are_found()
    {
        await using var connection = await Caught();
        await connection.Execute("delete from results.runs where run = $1", Stop, SampleLedger.Runs[0]);
        await connection.Execute("insert into results.flags (position, run, step, code) values (999, 'r', 's', 'c')", Stop);
        var findings = await TableFindings.Of(connection, Stop);
        await ResultTables.Rebuild(connection, Stop);

        findings.Select(f => (f.Table, f.Key, f.Found is null, f.Expected is null)).ShouldBe(
            [("flags", "999", false, true), ("runs", SampleLedger.Runs[0], true, false)], ignoreOrder: true);
    }

    [Fact]
    public async Task A_table_whose_definition_is_gone_is_dropped_and_comes_back_with_it()
    {
        await using var connection = await Caught();
        var fewer = Definitions.All.Where(table => table.Name is not ("checks" or "lineage" or "models" or "robustness" or "metrics" or "taint")).ToList();
        await ResultTables.CatchUp(connection, fewer, long.MaxValue, rebuild: false, Stop);
        (await connection.Scalar<string>("select to_regclass('results.checks')::text", Stop)).ShouldBeNull();
        (await connection.Scalar<string>("select to_regclass('results.robustness')::text", Stop)).ShouldBeNull();
        await ResultTables.CatchUp(connection, Stop);
        (await connection.Scalar<string>("select to_regclass('results.robustness')::text", Stop)).ShouldBe("results.robustness");
    }

    [Fact]
    public async Task Nothing_of_other_people_is_dropped()
    {
        await using var detailed = OpenedLedger.At(ledger.Place);
        await using var connection = await detailed.Source.OpenConnectionAsync(Stop);
        await ResultTables.CatchUp(connection, Stop);
        await connection.Execute("create view mine as select run from results.attacks", Stop);
        try
        {
            var refused = await Should.ThrowAsync<PostgresException>(() => ResultTables.Rebuild(connection, Stop));
            Problems.Of(refused).Message.ShouldContain("view mine depends on table results.attacks");
            (await connection.Scalar<long>("select count(*) from mine", Stop)).ShouldBe(10);
        }
        finally
        {
            await connection.Execute("drop view mine", Stop);
        }
    }

    [Fact]
    public async Task A_role_that_may_only_read_reads_the_same_without_tables()
    {
        await using (var admin = await Caught())
        {
            await admin.Execute(
                """
                do $$ begin create role ledger_test_reader login; exception when duplicate_object then null; end $$;
                grant usage on schema ledger, ledger_log to ledger_test_reader;
                grant select on all tables in schema ledger, ledger_log to ledger_test_reader
                """, Stop);
        }

        await using var all = await Reading.Open(ledger.Store.Source, null, Stop);
        var expected = await Robust(all);
        // The role is taken on by the session, so that no server has to let it log in.
        var place = new NpgsqlConnectionStringBuilder(ledger.Place.ConnectionString) { Options = "-c role=ledger_test_reader" };
        await using var source = NpgsqlDataSource.Create(place);
        await using var reading = await Reading.Open(source, null, Stop);
        reading.FromTables.ShouldBeFalse();
        reading.Position.ShouldBe(all.Position);
        (await Robust(reading)).ShouldBe(expected);
    }

    [Fact]
    public async Task Every_table_and_column_is_documented_in_the_database()
    {
        await using var connection = await Caught();
        (await connection.Rows(
            """
            select c.table_name || '.' || c.column_name from information_schema.columns c
            where c.table_schema = 'results' and c.table_name <> 'progress'
              and col_description(to_regclass('results.' || c.table_name), c.ordinal_position) is null
            """, row => row.GetString(0), Stop)).ShouldBeEmpty();
        (await connection.Scalar<string>("select obj_description('results.robustness'::regclass)", Stop)).ShouldStartWith("One row per network evaluated and attack.");
    }

    [Fact]
    public async Task Views_have_the_columns_and_types_their_header_says()
    {
        await using var connection = await Caught();
        foreach (var view in Definitions.All.Where(table => table.Kind == TableKind.View))
        {
            var there = await connection.Rows(
                "select column_name || ' ' || replace(data_type, 'timestamp with time zone', 'timestamptz') from information_schema.columns where table_schema = 'results' and table_name = $1 order by ordinal_position",
                row => row.GetString(0), Stop, view.Name);
            there.ShouldBe(view.Columns.Select(column => $"{column.Name} {column.Type}"), view.Name);
        }
    }

    [Fact]
    public async Task A_database_without_a_ledger_is_bad_input()
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ledger.Place.ConnectionString) { Database = "postgres" });
        (await Should.ThrowAsync<BadInput>(() => Reading.Open(source, null, Stop))).Message.ShouldContain("ledger migrate");
    }

    private async Task<NpgsqlConnection> Caught()
    {
        var connection = await ledger.Store.Source.OpenConnectionAsync(Stop);
        await ResultTables.CatchUp(connection, Stop);
        return connection;
    }

    private static Task<IReadOnlyList<string>> Robust(Reading reading) =>
        reading.Rows("select row_to_json(r)::text from results.robustness r order by run collate \"C\", attack_step collate \"C\"", row => row.GetString(0), Stop);
}
