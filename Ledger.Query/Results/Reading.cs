using System.Data;
using Ledger.Domain;
using Ledger.Domain.Store;
using Npgsql;

namespace Ledger.Query.Results;

/// <summary>
/// The results tables at one position, for any number of queries. Either the tables themselves, brought up to the head, in one
/// snapshot; or, for an earlier position or a role that may not write, their definitions evaluated as queries. Which of the two
/// makes no difference to what is read. Queries name tables as <c>results.*</c> and must not begin with WITH.
/// </summary>
public sealed class Reading : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;

    private Reading(NpgsqlConnection connection, NpgsqlTransaction transaction, long position, bool fromTables) =>
        (Connection, _transaction, Position, FromTables) = (connection, transaction, position, fromTables);

    /// <summary>Every event up to here is in what is read, and none after.</summary>
    public long Position { get; }

    /// <summary>Whether the tables are read, or their definitions.</summary>
    public bool FromTables { get; }

    internal NpgsqlConnection Connection { get; }

    /// <param name="asOf">Null: the head, after giving positions to whatever has been committed, where the role may do so.</param>
    /// <param name="fold">Whether the tables may be brought up to the head; where not, or not allowed, definitions are read.</param>
    public static async Task<Reading> Open(NpgsqlDataSource source, AsOf? asOf, CancellationToken stop, bool fold = true)
    {
        var connection = await source.OpenConnectionAsync(stop);
        try
        {
            await RequireLedger(connection, stop);
            var rights = await Rights.Of(connection, stop);
            if (rights.MayAdvance)
                await connection.Execute("select ledger_log.advance()", stop);
            fold = fold && asOf is null && rights.MayFold;
            if (fold)
                await ResultTables.CatchUp(connection, stop);
            return await Snapshot(connection, asOf, fold, stop);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public Task<IReadOnlyList<T>> Rows<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken stop, params object[] values) =>
        Connection.Rows(Sql(sql), read, stop, values);

    /// <summary>The same for a query that concerns a few runs; see <see cref="RunScope"/>.</summary>
    /// <param name="runs">Its first parameter, to which it must confine its rows.</param>
    public Task<IReadOnlyList<T>> OfRuns<T>(string sql, IReadOnlyList<string> runs, Func<NpgsqlDataReader, T> read, CancellationToken stop) =>
        Connection.Rows(FromTables ? RunScope.Of(sql) : Sql(sql), read, stop, [runs.ToArray()]);

    /// <summary>The position meant by a position or a time.</summary>
    /// <param name="option">Where it was given, for the message.</param>
    public Task<long> PositionOf(AsOf asOf, string option, CancellationToken stop) => asOf.Position(Connection, Position, stop, option);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private string Sql(string sql) => FromTables ? sql : Definitions.AsOf(sql, Position);

    private static async Task<Reading> Snapshot(NpgsqlConnection connection, AsOf? asOf, bool fromTables, CancellationToken stop)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, stop);
        // Compiling a query that runs once takes longer than running it.
        await connection.Execute("set local jit = off; set local timezone = 'UTC'", stop);
        // Definitions have no statistics: Postgres takes them for a few rows each and would go through them in nested loops.
        if (!fromTables)
            await connection.Execute("set local enable_nestloop = off", stop);
        long head = await connection.Scalar<long>(
            fromTables ? "select coalesce(min(position), 0) from results.progress" : "select coalesce(max(position), 0) from ledger_log.log", stop);
        return new Reading(connection, transaction, asOf is null ? head : await asOf.Position(connection, head, stop), fromTables);
    }

    private static async Task RequireLedger(NpgsqlConnection connection, CancellationToken stop)
    {
        if (await connection.Scalar<object>("select to_regclass('ledger_log.log')::text", stop) is null)
            throw new BadInput(new Problem(
                $"no ledger in database '{connection.Database}' at {connection.Host}", "a ledger", "--postgres", Hint: "ledger migrate makes one"));
        Migrate.Require(new SchemaState(await connection.Scalar<int>("select max(version) from ledger_log.schema_versions", stop), Migrate.Newest, null));
    }

    private sealed record Rights(bool MayAdvance, bool MayFold)
    {
        public static async Task<Rights> Of(NpgsqlConnection connection, CancellationToken stop) =>
            (await connection.Rows(
                """
                select has_function_privilege('ledger_log.advance()', 'EXECUTE') and writable,
                       writable and coalesce((select has_schema_privilege(oid, 'CREATE') from pg_namespace where nspname = 'results'),
                                             has_database_privilege(current_database(), 'CREATE'))
                from (select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable) at
                """,
                row => new Rights(row.GetBoolean(0), row.GetBoolean(1)),
                stop))[0];
    }
}
