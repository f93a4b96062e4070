using System.Globalization;
using System.Net.Sockets;
using Ledger.Runner.Postgres;
using Ledger.Tests.Support;
using Npgsql;
using Testcontainers.PostgreSql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Ledger.Tests.Support;

/// <summary>
/// A real Postgres for the tests that need one, taken as a constructor parameter and started when the first database is asked for.
/// Which one, in this order: the server of LEDGER_TEST_POSTGRES (a connection string of a role with CREATEDB); a container (image
/// LEDGER_TEST_POSTGRES_IMAGE, or postgres:15) where a Docker engine answers; the embedded cluster, in a temporary folder.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private const string ServerVariable = "LEDGER_TEST_POSTGRES";
    private const string ImageVariable = "LEDGER_TEST_POSTGRES_IMAGE";
    private const int LongestName = 63;

    private readonly SemaphoreSlim starting = new(1);
    private readonly List<string> databases = [];
    private string? server;
    private PostgreSqlContainer? container;
    private LedgerFolder? folder;
    private EmbeddedPostgres? embedded;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A new, empty database, dropped after the last test: one for a test class is the custom.</summary>
    /// <param name="nameHint">Part of its name, for people who look; any text.</param>
    /// <returns>A connection string of its owner.</returns>
    public async Task<string> CreateDatabase(string nameHint)
    {
        string name = DatabaseName(nameHint, Guid.NewGuid());
        string admin = await Server();
        await Execute(admin, $"CREATE DATABASE {name}");
        lock (databases)
        {
            databases.Add(name);
        }

        // A class leaves its idle connections behind, and the embedded server has 60 for all of them.
        return new NpgsqlConnectionStringBuilder(admin) { Database = name, MaxPoolSize = 15, ConnectionIdleLifetime = 4, ConnectionPruningInterval = 2 }.ConnectionString;
    }

    /// <summary>A copy of a database that nobody is using, as quick as copying its files.</summary>
    /// <returns>A connection string of its owner.</returns>
    public async Task<string> CopyDatabase(string connection)
    {
        string source = new NpgsqlConnectionStringBuilder(connection).Database!, name = DatabaseName("copy", Guid.NewGuid());
        NpgsqlConnection.ClearPool(new NpgsqlConnection(connection));
        await Execute(await Server(), $"CREATE DATABASE {name} TEMPLATE {source}");
        lock (databases)
        {
            databases.Add(name);
        }

        return new NpgsqlConnectionStringBuilder(connection) { Database = name }.ConnectionString;
    }

    /// <summary>Lower-case letters, digits and underscores, 63 bytes at most, never twice the same.</summary>
    internal static string DatabaseName(string hint, Guid unique)
    {
        string plain = string.Concat(hint.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        string suffix = "_" + unique.ToString("N", CultureInfo.InvariantCulture)[..12];
        return ("t_" + plain)[..Math.Min(plain.Length + 2, LongestName - suffix.Length)] + suffix;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        foreach (string name in databases)
        {
            await Execute(server!, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }

        if (container is not null)
        {
            await container.DisposeAsync();
        }

        if (embedded is not null && folder is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await embedded.DisposeAsync();
            string socket = EmbeddedPostgres.State(folder).SocketDirectory!;
            await EmbeddedPostgres.Stop(folder, CancellationToken.None);
            Directory.Delete(Path.GetDirectoryName(folder.Location)!, recursive: true);
            Directory.Delete(socket, recursive: true);
        }

        starting.Dispose();
    }

    private async Task<string> Server()
    {
        await starting.WaitAsync();
        try
        {
            return server ??= Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } given
                ? Given(given)
                : await FromContainer() ?? await FromFolder();
        }
        finally
        {
            starting.Release();
        }
    }

    private static string Given(string connectionString)
    {
        Tell($"the server of {ServerVariable}");
        return connectionString;
    }

    private async Task<string?> FromContainer()
    {
        if (await DockerEngine.ApiVersion() is not { } version)
        {
            return null;
        }

        // Testcontainers asks for a newer API than an older engine speaks, unless told which.
        Environment.SetEnvironmentVariable("DOCKER_API_VERSION", Environment.GetEnvironmentVariable("DOCKER_API_VERSION") ?? version);
        string image = Environment.GetEnvironmentVariable(ImageVariable) is { Length: > 0 } chosen ? chosen : "postgres:15";
        try
        {
            container = new PostgreSqlBuilder(image).Build();
            await container.StartAsync();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Tell($"no container: a Docker engine answers, but {image} could not be started ({e.Message.Split('\n')[0]})");
            container = null;
            return null;
        }

        Tell($"a container of {image}");
        return container.GetConnectionString();
    }

    private async Task<string> FromFolder()
    {
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("ledger-tests-");
        temporary.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        temporary.CreateSubdirectory(LedgerFolder.Name);
        folder = LedgerFolder.FindOrCreate(temporary.FullName);
        embedded = await EmbeddedPostgres.Use(folder, _ => { }, CancellationToken.None);
        Tell($"the embedded cluster in {folder.DataDirectory}");
        return embedded.ConnectionString;
    }

    private static void Tell(string which)
    {
        string line = $"Postgres for the tests: {which}";
        Console.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }

    private static async Task Execute(string connectionString, string sql)
    {
        await using NpgsqlConnection connection = new(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        // Dropping a database waits for a checkpoint, which takes as long as the disk needs.
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Whether a Docker engine is there, asked over its local socket, with a second to answer.</summary>
internal static class DockerEngine
{
    private const string Socket = "/var/run/docker.sock";

    /// <summary>The newest API it speaks, e.g. <c>1.41</c>; null when there is no engine or it does not answer.</summary>
    public static async Task<string?> ApiVersion()
    {
        if (!File.Exists(Socket))
        {
            return null;
        }

        using SocketsHttpHandler local = new()
        {
            ConnectCallback = async (_, stop) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(DockerEngine.Socket), stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using HttpClient client = new(local) { Timeout = TimeSpan.FromSeconds(1) };
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri("http://docker/_ping"));
            return answer.IsSuccessStatusCode && answer.Headers.TryGetValues("Api-Version", out IEnumerable<string>? versions) ? versions.First() : null;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }
}
