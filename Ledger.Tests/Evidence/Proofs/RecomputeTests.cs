using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Query;
using Ledger.Query.Results;
using Ledger.Tests.Query;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Proofs;

/// <summary>
/// The events beside a cell are enough: in an empty database that has only them, the definitions of the same file give the same value. This is
/// the recipe of docs/proof-format.md, and needs none of this program's tables.
/// </summary>
public sealed class RecomputeTests(SealedLedgers ledgers, PostgresFixture postgres) : IClassFixture<SealedLedgers>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("robustness", "run like '01JEC%'")]
    [InlineData("models", "run like '01JEC%'")]
    [InlineData("metrics", "run like '01JEC%'")]
    [InlineData("lineage", "run like '01JEC%'")]
    [InlineData("origins", "run like '01JEC%'")]
    [InlineData("replays", "true")]
    [InlineData("runs", "run like '01JEE%'")]
    [InlineData("steps", "run like '01JEC%'")]
    [InlineData("experiments", "true")]
    [InlineData("artifacts", "run like '01JEA%'")]
    public Task A_row_of_the_sample_comes_out_the_same(string table, string where) => Holds(ledgers.Sample, table, where);

    [Theory]
    [InlineData("robustness", "worst_case and retracted")]
    [InlineData("robustness", "flags > 0")]
    [InlineData("models", "retracted")]
    [InlineData("attacks", "standing is not null")]
    [InlineData("terms", "true")]
    public Task A_row_of_the_study_comes_out_the_same(string table, string where) => Holds(ledgers.Study, table, where);

    private async Task Holds(LedgerPlace place, string table, string where)
    {
        var definition = Definitions.Of(table);
        string key = $"concat_ws('/', {string.Join(", ", definition.Key)})", row, expected;
        await using (var source = NpgsqlDataSource.Create(place.ConnectionString))
        await using (var reading = await Reading.Open(source, null, Stop))
            (row, expected) = (await reading.Rows($"select {key}, row_to_json(t)::text from results.{table} t where {where} order by 1 limit 1", r => (r.GetString(0), r.GetString(1)), Stop))[0];
        var proof = Proof.Parse((await Said.By(place, "prove", $"{table}/{row}/{definition.Columns[^1].Name}")).Output);

        await using var empty = NpgsqlDataSource.Create(await postgres.CreateDatabase("recompute"));
        await Fill(empty, proof);
        await using var command = empty.CreateCommand($"set timezone = 'UTC'; select row_to_json(t)::text from results.{table} t where {key} = '{row}'");
        Difference.Between(JsonElement.Parse(expected), JsonElement.Parse((string)(await command.ExecuteScalarAsync(Stop))!)).ShouldBeEmpty();
    }

    private static async Task Fill(NpgsqlDataSource empty, Proof proof)
    {
        var views = ((CellClaim)proof.Claim).Definitions;
        await Execute(empty, """
            create schema ledger; create schema ledger_log; create schema results;
            create table ledger.mt_events (seq_id bigint, stream_id text, version bigint, type text, data jsonb);
            create table ledger_log.log (position bigint, seq_id bigint, stream text, version bigint, type text, recorded_at timestamptz, event_id uuid);
            create table ledger_log.imported_log (origin text, position bigint, event_id uuid, recorded_at timestamptz, began_here boolean)
            """);
        foreach (var entry in proof.Entries)
        {
            await using var command = empty.CreateCommand("""
                with entry as (select $1::jsonb as e),
                event as (insert into ledger.mt_events select $2, e->>'stream', (e->>'version')::bigint, e->>'type', e->'data' from entry)
                insert into ledger_log.log select $2, $2, e->>'stream', (e->>'version')::bigint, e->>'type', (e->>'recordedAt')::timestamptz from entry
                """);
            command.Parameters.Add(new() { Value = entry.Envelope.GetRawText() });
            command.Parameters.Add(new() { Value = entry.Position });
            await command.ExecuteNonQueryAsync(Stop);
        }

        foreach (var view in views.Skip(1).Append(views[0]))
            await Execute(empty, $"create view results.{view.Table} as {view.Text.Replace(":from", "0", StringComparison.Ordinal).Replace(":to", "9223372036854775807", StringComparison.Ordinal)}");
    }

    private static async Task Execute(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
