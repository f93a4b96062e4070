using Ledger.Runner.Postgres;
using Npgsql;

namespace Ledger.Runner.Bench;

/// <summary>A folder and a Postgres of a bench's own, nobody's ledger; both are gone when it is disposed of.</summary>
internal sealed class ScratchServer : IAsyncDisposable
{
    private readonly LedgerFolder ledger;
    private readonly EmbeddedPostgres postgres;

    private ScratchServer(string folder, LedgerFolder ledger, EmbeddedPostgres postgres) => (Folder, this.ledger, this.postgres) = (folder, ledger, postgres);

    /// <summary>For whatever files the bench makes.</summary>
    public string Folder { get; }

    public static async Task<ScratchServer> Start(string name, Action<string> say, CancellationToken stop)
    {
        var root = Directory.CreateTempSubdirectory($"ledger-{name}-");
        // The server may run as another user, who has to get to its cluster.
        root.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        root.CreateSubdirectory(LedgerFolder.Name);
        var own = LedgerFolder.FindOrCreate(root.FullName);
        return new ScratchServer(root.FullName, own, await EmbeddedPostgres.Use(own, say, stop));
    }

    /// <summary>A new, empty database.</summary>
    public async Task<string> Database(CancellationToken stop)
    {
        var name = $"bench_{Ulid.NewUlid()}".ToLowerInvariant();
        await using var server = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = server.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync(stop);
        return new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await postgres.DisposeAsync();
        var socket = EmbeddedPostgres.State(ledger).SocketDirectory;
        await EmbeddedPostgres.Stop(ledger, CancellationToken.None);
        foreach (var folder in (string[])[ledger.DataDirectory, Folder, socket ?? Folder])
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }
}
