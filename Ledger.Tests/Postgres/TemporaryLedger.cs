using System.Diagnostics;
using Ledger.Runner.Postgres;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Postgres;

/// <summary>A ledger folder of its own for one test, with everything it starts ended and everything it writes removed afterwards.</summary>
internal sealed class TemporaryLedger : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> Template = new(MakeTemplate);

    private readonly string root = Directory.CreateTempSubdirectory("ledger-tests-").FullName;

    /// <param name="below">A path below the temporary folder in which <c>.ledger</c> goes.</param>
    /// <param name="closed">Leaves the folder to its owner alone, as a home folder is.</param>
    public TemporaryLedger(string below = "work", bool closed = false)
    {
        Mode(root, closed ? "rwx------" : "rwxr-xr-x");
        Working = Path.Combine(root, below);
        Directory.CreateDirectory(Path.Combine(Working, LedgerFolder.Name));
        Folder = LedgerFolder.FindOrCreate(Working);
        string system = Directory.CreateTempSubdirectory("ledger-tests-system-").FullName;
        Settings = PostgresSettings.FromEnvironment() with { Idle = null, SystemFolder = system, RuntimeFolder = null, MayInstall = false };
    }

    public string Working { get; }

    public LedgerFolder Folder { get; }

    public PostgresSettings Settings { get; set; }

    public List<string> Said { get; } = [];

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Gives it a cluster as a first use leaves it, copied from one that is made once: initdb writes to disk for seconds.</summary>
    public async Task<TemporaryLedger> WithCluster()
    {
        using Process copy = Process.Start("cp", ["-a", await Template.Value, Folder.DataDirectory]);
        await copy.WaitForExitAsync(Stop);
        copy.ExitCode.ShouldBe(0);
        return this;
    }

    public Task<EmbeddedPostgres> Use() => EmbeddedPostgres.Use(Folder, Settings, Said.Add, Stop);

    public int ServerPid => EmbeddedPostgres.Running(Folder).ShouldNotBeNull().Pid;

    public static async Task<T> Ask<T>(EmbeddedPostgres postgres, string sql)
    {
        await using NpgsqlConnection connection = new(postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Stop);
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Stop))!;
    }

    public static void KillNow(int pid) => Libc.Signal(pid, Libc.Kill).ShouldBe(0);

    /// <summary>Waits for something that another process brings about.</summary>
    public static async Task Until(Func<bool> holds, string what)
    {
        for (int look = 0; look < 2400; look++)
        {
            if (holds())
            {
                return;
            }

            await Task.Delay(50, Stop);
        }

        Assert.Fail($"waited two minutes for: {what}");
    }

    public async ValueTask DisposeAsync()
    {
        if (EmbeddedPostgres.Running(Folder) is { } server)
        {
            KillNow(server.Pid);
            await Until(() => !Directory.Exists($"/proc/{server.Pid}/fd") || EmbeddedPostgres.Running(Folder) is null, "the killed server to be gone");
        }

        IEnumerable<string> sockets = Directory.GetDirectories("/tmp", $"ledger-*-{Folder.ShortHash}");
        foreach (string folder in sockets.Concat([root, Settings.SystemFolder]))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> MakeTemplate()
    {
        TemporaryLedger made = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Directory.Delete(made.root, recursive: true);
            Directory.Delete(made.Settings.SystemFolder, recursive: true);
        };
        await (await made.Use()).DisposeAsync();
        Directory.Delete(EmbeddedPostgres.State(made.Folder).SocketDirectory!, recursive: true);
        await EmbeddedPostgres.Stop(made.Folder, Stop);
        return made.Folder.DataDirectory;
    }

    private static void Mode(string path, string rwx) => File.SetUnixFileMode(path, rwx
        .Select((c, i) => c == '-' ? UnixFileMode.None : (UnixFileMode)(1 << (8 - i)))
        .Aggregate(UnixFileMode.None, (mode, bit) => mode | bit));
}
