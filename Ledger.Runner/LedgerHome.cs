using System.Reflection;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Postgres;
using Ledger.Runner.Seals;

namespace Ledger.Runner;

/// <summary>
/// Where this command's ledger is: the Postgres named by <c>--postgres</c> or LEDGER_POSTGRES, or else the private cluster under the
/// nearest <c>.ledger/</c>. Artifacts are under LEDGER_ARTIFACTS, or else in the same <c>.ledger/</c>.
/// </summary>
/// <param name="postgres">Connection string; null: the embedded cluster.</param>
/// <param name="directory">Where the search for <c>.ledger/</c> begins.</param>
/// <param name="say">For what takes a moment, such as starting Postgres.</param>
/// <param name="artifacts">Root of the artifact store, whatever LEDGER_ARTIFACTS says; null: as above.</param>
public sealed class LedgerHome(string? postgres, string directory, TimeProvider time, Action<string> say, string? artifacts = null)
{
    public const string PostgresVariable = "LEDGER_POSTGRES";
    public const string ArtifactsVariable = "LEDGER_ARTIFACTS";
    public const string SealToVariable = "LEDGER_SEAL_TO";

    public static string Tool { get; } =
        $"ledger {typeof(LedgerHome).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}";

    public static Worker Worker { get; } = new(Environment.MachineName, Environment.ProcessId, Tool);

    /// <summary>Null: the embedded cluster.</summary>
    public string? External { get; } = postgres ?? NonEmpty(Environment.GetEnvironmentVariable(PostgresVariable));

    /// <summary>The nearest <c>.ledger/</c>, made here when there is none above.</summary>
    public LedgerFolder Folder { get; } = LedgerFolder.FindOrCreate(directory);

    /// <summary>Remarks for people.</summary>
    public Action<string> Say { get; } = say;

    /// <summary>Where every seal is published besides its file; empty unless LEDGER_SEAL_TO names a place.</summary>
    public static IReadOnlyList<SealTarget> SealTo => NonEmpty(Environment.GetEnvironmentVariable(SealToVariable)) is { } text ? [SealTarget.Parse(text)] : [];

    /// <summary>Root of the artifact store.</summary>
    public string ArtifactFolder => artifacts ?? NonEmpty(Environment.GetEnvironmentVariable(ArtifactsVariable)) ?? Folder.Location;

    public static Actor ActorOf(string correlation, string causation) =>
        new(correlation, causation, Environment.UserName, Environment.MachineName, Tool);

    /// <summary>Starts what must run, and opens the store. A private cluster is migrated by itself; a shared one only by <c>ledger migrate</c>.</summary>
    public async Task<OpenedHome> Open(CancellationToken stop)
    {
        var embedded = External is null ? await EmbeddedPostgres.Use(Folder, Say, stop) : null;
        var store = LedgerStore.Open(External ?? embedded!.ConnectionString, time);
        var opened = new OpenedHome(External ?? embedded!.ConnectionString, store, new ArtifactStore(ArtifactFolder), embedded);
        try
        {
            var state = await Domain.Store.Migrate.State(store.Source, stop);
            if (embedded is not null && state.NeedsMigration)
                await Domain.Store.Migrate.Apply(store, ActorOf("", "migrate"), stop);
            else
                Domain.Store.Migrate.Require(state);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Brings the schema to this tool's version, on whichever Postgres the ledger is.</summary>
    /// <param name="roles">Also makes the roles; needs the right to.</param>
    public async Task<SchemaState> Migrate(bool roles, CancellationToken stop)
    {
        await using var embedded = External is null ? await EmbeddedPostgres.Use(Folder, Say, stop) : null;
        await using var store = LedgerStore.Open(External ?? embedded!.ConnectionString, time);
        var state = await Domain.Store.Migrate.Apply(store, ActorOf("", "migrate"), stop);
        if (roles)
            await Domain.Store.Migrate.Roles(store.Source, stop);
        return state;
    }

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>An open ledger. Disposing of it closes the connections; the embedded server goes on until it is idle.</summary>
public sealed record OpenedHome(string ConnectionString, LedgerStore Store, ArtifactStore Artifacts, EmbeddedPostgres? Embedded) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        if (Embedded is not null)
            await Embedded.DisposeAsync();
    }
}
