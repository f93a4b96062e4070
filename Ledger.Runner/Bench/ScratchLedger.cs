using Ledger.Domain.Artifacts;
using Ledger.Runner.Postgres;
using Npgsql;

namespace Ledger.Runner.Bench;

/// <summary>
/// A ledger in a temporary folder, with a Postgres and artifacts of its own, for an experiment to be measured or disturbed. It touches
/// nobody's ledger, whatever the environment says, and is gone when disposed of.
/// </summary>
public sealed class ScratchLedger : IAsyncDisposable
{
    private const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <param name="yaml">Of the experiment; null: there is none.</param>
    public ScratchLedger(string? yaml = null)
    {
        // Where root is, Postgres runs as another user, who has to get in.
        File.SetUnixFileMode(Place, Passable);
        Directory.CreateDirectory(Path.Combine(Place, LedgerFolder.Name));
        Folder = LedgerFolder.FindOrCreate(Place);
        if (yaml is not null)
            File.WriteAllText(ExperimentFile, yaml);
    }

    public string Place { get; } = Directory.CreateTempSubdirectory("ledger-bench-").FullName;

    public LedgerFolder Folder { get; }

    public ArtifactStore Artifacts => new(Folder.Location);

    public string ExperimentFile => Path.Combine(Place, "experiment.yaml");

    /// <summary>Null while no server runs, or none that says where it listens.</summary>
    public string? Connection => EmbeddedPostgres.Running(Folder)?.SocketDirectory is { } socket
        ? EmbeddedPostgres.ConnectionTo(socket, EmbeddedPostgres.DatabaseName) + ";Pooling=false"
        : null;

    /// <summary>Null while no server runs.</summary>
    public int? Postmaster => EmbeddedPostgres.Running(Folder)?.Pid;

    /// <summary>Its server, started where it was killed.</summary>
    public Task<EmbeddedPostgres> Use(CancellationToken stop) =>
        EmbeddedPostgres.Use(Folder, PostgresSettings.FromEnvironment() with { Idle = null }, _ => { }, stop);

    /// <summary>A new, empty database beside the ledger's own, while its server runs.</summary>
    public async Task<string> Database(CancellationToken stop)
    {
        var (server, name) = (Connection!, $"bench_{Ulid.NewUlid()}".ToLowerInvariant());
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync(stop);
        return new NpgsqlConnectionStringBuilder(server) { Database = name, Pooling = true }.ConnectionString;
    }

    /// <summary>A command of <c>ledger</c> in this ledger, as a process of its own.</summary>
    /// <param name="variables">Set besides those of this process; null: none.</param>
    public LedgerCommand Start(IReadOnlyList<string> verb, IReadOnlyDictionary<string, string>? variables = null) =>
        new(verb, Place, variables ?? new Dictionary<string, string>());

    public async ValueTask DisposeAsync()
    {
        await EmbeddedPostgres.Stop(Folder, CancellationToken.None);
        IEnumerable<string> elsewhere = Directory.GetDirectories("/tmp", $"ledger-*-{Folder.ShortHash}").Append(Folder.DataDirectory);
        foreach (var folder in elsewhere.Append(Place).Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
    }
}
