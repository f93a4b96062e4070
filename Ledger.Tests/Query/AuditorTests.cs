using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

/// <summary><c>ledger-query</c> for those who may only read: as a member of the auditor's role, and with SELECT on events and positions and nothing else.</summary>
public sealed class AuditorTests(SampleLedger ledger) : IClassFixture<SampleLedger>, IAsyncLifetime
{
    public static MatrixTheoryData<string, string> Readings => new(
        ["a_single_auditor", "a_reader_of_events"],
        ["status", "runs", "results", "results --wide", "log", "show 01JEC", "explain 01JEC small", "replays", "env diff 01JEA 01JEB", "report"]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Migrate.Roles(ledger.Store.Source, Stop);
        // Roles belong to the server, not to a database, and other tests share it.
        await Execute("""
            do $$ begin
                if not exists (select from pg_roles where rolname = 'a_single_auditor') then create role a_single_auditor login in role ledger_auditor; end if;
                if not exists (select from pg_roles where rolname = 'a_reader_of_events') then create role a_reader_of_events login; end if;
            end $$
            """);
        await Execute("""
            grant usage on schema ledger, ledger_log to a_reader_of_events;
            grant select on ledger.mt_events, ledger.mt_streams, ledger_log.log, ledger_log.origin, ledger_log.schema_versions, ledger_log.seals, ledger_log.imported_log to a_reader_of_events
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Readings))]
    public async Task Everything_that_is_read_can_be_read_by_those_who_may_only_read(string role, string line)
    {
        var said = await Said.By(As(role), line.Split(' '));

        said.ShouldSatisfyAllConditions(s => s.ExitCode.ShouldBe(0, s.Error), s => s.Output.ShouldNotBeEmpty());
        said.Output.ShouldBe((await Said.By(ledger.Place, line.Split(' '))).Output, "and it is what the owner reads");
    }

    [Fact]
    public async Task What_was_appended_and_has_no_position_yet_is_counted_and_not_read()
    {
        await ledger.Append($"review/{SampleLedger.Runs[0]}", new Annotated("not positioned yet"));

        (await Said.By(As("a_single_auditor"), "status")).Output.ShouldContain("1 events: committed, not ordered yet");
        (await Said.By(As("a_single_auditor"), "show", SampleLedger.Runs[0])).Output.ShouldNotContain("not positioned yet");
        await ledger.Store.Advance(Stop);
    }

    private LedgerPlace As(string role) =>
        ledger.Place with { ConnectionString = new NpgsqlConnectionStringBuilder(ledger.Place.ConnectionString) { Options = $"-c role={role}" }.ConnectionString };

    private async Task Execute(string sql)
    {
        await using var command = ledger.Store.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
