using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Query.Evidence;
using Ledger.Runner.Seals;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Xunit;

namespace Ledger.Tests.Evidence;

/// <summary>A small experiment, really run and sealed, of which each test may spoil a copy.</summary>
public sealed class SealedExperiment(PostgresFixture postgres) : IAsyncLifetime
{
    private TinyExperiment? _tiny;

    public async ValueTask InitializeAsync()
    {
        _tiny = await TinyExperiment.New(postgres);
        await _tiny.Run();
        await using var store = LedgerStore.Open(_tiny.Connection, TimeProvider.System);
        // Sealed twice more, so that there is an earlier seal to hold a changed history against.
        await Say(store, "one");
        await Say(store, "two");
        await TinyExperiment.Fold(store.Source, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _tiny?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal async Task<SpoiledLedger> Copy()
    {
        string folder = Directory.CreateTempSubdirectory("ledger-spoiled-").FullName;
        foreach (string file in Directory.EnumerateFiles(_tiny!.Folder, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(folder, Path.GetRelativePath(_tiny.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return new SpoiledLedger(await postgres.CopyDatabase(_tiny.Connection), folder);
    }

    private async Task Say(LedgerStore store, string text)
    {
        var stop = TestContext.Current.CancellationToken;
        await store.AppendShared(LedgerDatabase.New("review"), text, [new Domain.Runs.Annotated(text)], LedgerDatabase.Someone, stop);
        using var sealing = await Sealing.Open(_tiny!.Home, store, [], stop);
        await sealing.Seal(stop);
    }
}

/// <summary>A ledger in whose database and files somebody with every right may do what he likes.</summary>
internal sealed class SpoiledLedger(string connection, string folder) : IAsyncDisposable
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public LedgerPlace Place { get; } = new(connection, Path.Combine(folder, ".ledger"));

    public NpgsqlDataSource Source { get; } = NpgsqlDataSource.Create(connection);

    public Ledger.Runner.LedgerHome Home => new(connection, folder, TimeProvider.System, _ => { });

    public LedgerStore Open() => LedgerStore.Open(connection, TimeProvider.System);

    public async Task<Verification> Verify(string? since = null, params string[] keys) =>
        await new VerifyLedger.Handler(Source, Place).Handle(new VerifyLedger(since, keys), Stop);

    /// <summary>As the owner of the tables, with the guards switched off.</summary>
    public async Task Spoil(string sql)
    {
        await using var owner = await Source.OpenConnectionAsync(Stop);
        foreach (string table in (string[])["ledger.mt_events", "ledger.mt_streams", "ledger_log.log", "ledger_log.holes", "ledger_log.tiles", "ledger_log.seals", "ledger_log.imported_log"])
            await Execute(owner, $"alter table {table} disable trigger user");
        await Execute(owner, sql);
    }

    public async Task<T> Scalar<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Stop))!;
    }

    /// <summary>Position of the first event of a kind.</summary>
    public Task<long> First(string type) => Scalar<long>($"select min(position) from ledger_log.log where type like '{type}.%'");

    /// <summary>A file with the latest seal, as somebody keeps it who was here before.</summary>
    public async Task<string> Witness()
    {
        string path = Path.Combine(folder, $"{Path.GetRandomFileName()}.seal");
        await File.WriteAllTextAsync(path, await Scalar<string>("select note from ledger_log.seals order by size desc limit 1"), Stop);
        return path;
    }

    /// <summary>The whole tree and all seals anew over what is there now, by the ledger's own key: the strongest that its owner can do.</summary>
    public async Task SealAnew()
    {
        await Spoil("delete from ledger_log.tiles; delete from ledger_log.seals");
        Directory.Delete(Path.Combine(folder, ".ledger", "seals"), recursive: true);
        await using var store = Open();
        using var sealing = await Sealing.Open(Home, store, [], Stop);
        await sealing.Seal(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
