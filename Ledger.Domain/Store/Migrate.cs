using Ledger.Domain.Origin;
using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>Where a database's schema stands against this tool's.</summary>
/// <param name="Version">0 when there is no ledger yet.</param>
/// <param name="Newest">The version this tool brings.</param>
/// <param name="Origin">The ledger's own ULID; null when there is no ledger yet.</param>
public sealed record SchemaState(int Version, int Newest, string? Origin)
{
    public bool NeedsMigration => Version < Newest;

    public bool IsTooNew => Version > Newest;
}

/// <summary>The one thing that changes the schema, and only when asked to. Needs a role that owns it (or may create it).</summary>
public static class Migrate
{
    /// <summary>Each version is an SQL file <c>v{n}.sql</c>, applied once and never edited afterwards.</summary>
    public const int Newest = 2;

    // Two processes must not migrate at once.
    private const long Lock = 7821463905141;

    public static async Task<SchemaState> State(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        return await State(connection, stop);
    }

    /// <summary>The state, when this tool can work with it.</summary>
    /// <exception cref="Refused"><c>schema-older</c> or <c>schema-newer</c>.</exception>
    public static SchemaState Require(SchemaState state)
    {
        if (!state.NeedsMigration)
            return RefuseNewer(state);
        throw new Refused(
            "schema-older",
            $"The ledger's schema is at version {state.Version}, this tool needs {state.Newest}: run 'ledger migrate'.",
            ("found", $"{state.Version}"),
            ("expected", $"{state.Newest}"));
    }

    /// <summary>Brings the schema to <see cref="Newest"/>; nothing when it is there. Can be interrupted and given again.</summary>
    /// <exception cref="Refused"><c>schema-newer</c>: written by a newer tool than this.</exception>
    public static async Task<SchemaState> Apply(LedgerStore store, Actor actor, CancellationToken stop)
    {
        await using var connection = await store.Source.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await Execute(connection, $"select pg_advisory_xact_lock({Lock})", stop);
        var state = RefuseNewer(await State(connection, stop));
        if (state.NeedsMigration)
            await store.Marten.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        for (int version = state.Version + 1; version <= Newest; version++)
            await Step(connection, version, actor.Tool, store.Time, stop);
        state = await State(connection, stop);
        await transaction.CommitAsync(stop);
        await RecordIn(store, state.Origin!, actor, stop);
        return state;
    }

    /// <summary>Makes the roles, where they are missing, and grants them their rights on what there is. Needs the right to create roles.</summary>
    public static async Task Roles(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        await Execute(connection, Script("roles.sql"), stop);
    }

    private static async Task Step(NpgsqlConnection connection, int version, string tool, TimeProvider time, CancellationToken stop)
    {
        await Execute(connection, Script($"v{version}.sql"), stop);
        if (version == 1)
            await Execute(connection, "insert into ledger_log.origin (origin) values ($1)", stop, $"{Ulid.NewUlid(time.GetUtcNow())}");
        await Execute(connection, "insert into ledger_log.schema_versions (version, tool) values ($1, $2)", stop, version, tool);
    }

    // After the schema, since the events need it; an interrupted migration records on the next call.
    private static async Task RecordIn(LedgerStore store, string origin, Actor actor, CancellationToken stop)
    {
        string stream = $"ledger/{origin}";
        var recorded = (await store.Read(stream, stop: stop)).Select(e => e.Data).ToList();
        if (!recorded.OfType<LedgerFounded>().Any())
            await store.AppendShared(stream, "found", [new LedgerFounded(origin)], actor, stop);
        var versions = recorded.OfType<SchemaMigrated>().Select(e => e.Version).ToHashSet();
        foreach ((int version, string tool) in await Versions(store.Source, stop))
        {
            if (!versions.Contains(version))
                await store.AppendShared(stream, $"migrate/{version}", [new SchemaMigrated(version, tool)], actor, stop);
        }

        await store.Advance(stop);
    }

    private static async Task<List<(int Version, string Tool)>> Versions(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var command = source.CreateCommand("select version, tool from ledger_log.schema_versions order by version");
        await using var row = await command.ExecuteReaderAsync(stop);
        var versions = new List<(int, string)>();
        while (await row.ReadAsync(stop))
            versions.Add((row.GetInt32(0), row.GetString(1)));
        return versions;
    }

    private static async Task<SchemaState> State(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var exists = new NpgsqlCommand("select to_regclass('ledger_log.schema_versions') is not null", connection);
        if (!(bool)(await exists.ExecuteScalarAsync(stop))!)
            return new SchemaState(0, Newest, null);
        await using var command = new NpgsqlCommand(
            "select (select max(version) from ledger_log.schema_versions), (select origin from ledger_log.origin)", connection);
        await using var row = await command.ExecuteReaderAsync(stop);
        await row.ReadAsync(stop);
        return new SchemaState(row.GetInt32(0), Newest, row.GetString(1));
    }

    private static SchemaState RefuseNewer(SchemaState state) => !state.IsTooNew ? state : throw new Refused(
        "schema-newer",
        $"The ledger's schema is at version {state.Version}, this tool knows up to {state.Newest}: use the tool that migrated it, or a newer one.",
        ("found", $"{state.Version}"),
        ("expected", $"{state.Newest}"));

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken stop, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(stop);
    }

    private static string Script(string name)
    {
        using var stream = typeof(Migrate).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
