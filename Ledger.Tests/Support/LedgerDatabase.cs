using Ledger.Domain.Store;
using Npgsql;
using Xunit;

namespace Ledger.Tests.Support;

/// <summary>A migrated database for one test class, a store on it, and the SQL to look behind the store's back.</summary>
public sealed class LedgerDatabase(PostgresFixture postgres) : IAsyncLifetime
{
    public static readonly Actor Someone = new("01JEXPERIMENT", "test", "ada", "desk", "ledger/test");

    public string ConnectionString { get; private set; } = "";

    public LedgerStore Store { get; private set; } = null!;

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The id of a stream no other test knows.</summary>
    public static string New(string kind) => $"{kind}/{Ulid.NewUlid()}";

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await postgres.CreateDatabase("ledger");
        Store = LedgerStore.Open(ConnectionString, TimeProvider.System);
        await Migrate.Apply(Store, Someone, Stop);
    }

    public Task<AppendedBatch> Append(string stream, long expected, string command, params object[] events) =>
        Store.Append(stream, expected, command, events, Someone, Stop);

    public Task<AppendedBatch> AppendShared(string stream, string command, params object[] events) =>
        Store.AppendShared(stream, command, events, Someone, Stop);

    public async Task<int> Execute(string sql)
    {
        await using var command = Store.Source.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync(Stop);
    }

    public async Task<T> Scalar<T>(string sql)
    {
        await using var command = Store.Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Stop))!;
    }

    public async Task<List<T>> Column<T>(string sql)
    {
        await using var command = Store.Source.CreateCommand(sql);
        await using var row = await command.ExecuteReaderAsync(Stop);
        var values = new List<T>();
        while (await row.ReadAsync(Stop))
            values.Add(row.GetFieldValue<T>(0));
        return values;
    }

    /// <summary>Ends every connection of the store, as a restart of the server would.</summary>
    public async Task KillBackends()
    {
        await using var apart = NpgsqlDataSource.Create(ConnectionString + ";Application Name=killer;Pooling=false");
        await using var command = apart.CreateCommand(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        await command.ExecuteNonQueryAsync(Stop);
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
