using Ledger.Domain;
using Ledger.Domain.Origin;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

public sealed class MigrateTests(PostgresFixture postgres)
{
    [Fact]
    public async Task An_empty_database_becomes_a_ledger_that_says_so_in_its_first_events()
    {
        await using var store = await Empty();
        var empty = await Migrate.State(store.Source, LedgerDatabase.Stop);
        empty.NeedsMigration.ShouldBeTrue();
        Should.Throw<Refused>(() => Migrate.Require(empty)).Code.ShouldBe("schema-older");

        var state = await Migrate.Apply(store, LedgerDatabase.Someone, LedgerDatabase.Stop);

        state.ShouldBe(new SchemaState(Migrate.Newest, Migrate.Newest, state.Origin));
        Migrate.Require(await Migrate.State(store.Source, LedgerDatabase.Stop)).ShouldBe(state);
        (await store.Read($"ledger/{state.Origin}", stop: LedgerDatabase.Stop)).Select(e => e.Data)
            .ShouldBe([new LedgerFounded(state.Origin!), new SchemaMigrated(1, LedgerDatabase.Someone.Tool), new SchemaMigrated(2, LedgerDatabase.Someone.Tool)]);
        (await store.Advance(LedgerDatabase.Stop)).ShouldBe(3);
    }

    [Fact]
    public async Task Migrating_again_changes_nothing()
    {
        await using var store = await Empty();
        var first = await Migrate.Apply(store, LedgerDatabase.Someone, LedgerDatabase.Stop);

        (await Migrate.Apply(store, LedgerDatabase.Someone, LedgerDatabase.Stop)).ShouldBe(first);

        (await store.Advance(LedgerDatabase.Stop)).ShouldBe(3);
        var difference = await store.Marten.Storage.CreateMigrationAsync();
        difference.Difference.ToString().ShouldBe("None");
    }

    [Fact]
    public async Task Two_that_migrate_at_once_found_one_ledger()
    {
        await using var store = await Empty();

        var states = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Migrate.Apply(store, LedgerDatabase.Someone, LedgerDatabase.Stop)));

        states.Distinct().Count().ShouldBe(1);
        (await store.Advance(LedgerDatabase.Stop)).ShouldBe(3);
    }

    [Fact]
    public async Task A_schema_from_a_newer_tool_is_left_alone()
    {
        await using var store = await Empty();
        await Migrate.Apply(store, LedgerDatabase.Someone, LedgerDatabase.Stop);
        await using (var command = store.Source.CreateCommand("insert into ledger_log.schema_versions (version, tool) values (99, 'later')"))
            await command.ExecuteNonQueryAsync(LedgerDatabase.Stop);

        var refused = await Should.ThrowAsync<Refused>(() => Migrate.Apply(store, LedgerDatabase.Someone, LedgerDatabase.Stop));

        refused.ShouldSatisfyAllConditions(r => r.Code.ShouldBe("schema-newer"), r => r.ExitCode.ShouldBe(3), r => r.Message.ShouldContain("99"));
        var newer = await Migrate.State(store.Source, LedgerDatabase.Stop);
        Should.Throw<Refused>(() => Migrate.Require(newer)).Code.ShouldBe("schema-newer");
    }

    private async Task<LedgerStore> Empty() => LedgerStore.Open(await postgres.CreateDatabase("migrate"), TimeProvider.System);
}
