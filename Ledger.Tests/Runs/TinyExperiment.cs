using Ledger.Domain.Replays;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Ledger.Runner;
using Ledger.Runner.Data;
using Ledger.Runner.Replays;
using Ledger.Runner.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Spectre.Console;
using Xunit;

namespace Ledger.Tests.Runs;

/// <summary>Two compressions of one small network: real executors, a real Postgres, real files.</summary>
internal sealed class TinyExperiment : IAsyncDisposable
{
    public const string Yaml =
        """
        ledger: 1
        experiment: tiny
        about: Two compressions of one small network.
        seeds: [1]
        data:
          fashion: {source: fashion-mnist-sample, train: {first: 256}, normalize: {mean: [0.286], std: [0.353]}}
        models:
          net: {kind: mlp, hidden: [16]}
        adversaries:
          fgsm: {norm: linf, eps: 0.1, attack: fgsm}
        recipes:
          base: {optimizer: {adam: {lr: 1e-3}}, batch: 64, epochs: 2}
        matrix:
          compress:
            none: {}
            magnitude: {method: magnitude, ratio: 0.5, scope: global}
        steps:
          base: {train: net, recipe: base, adversary: none}
          small: {compress: $compress, model: base, when: compress is not none}
          weak: {attack: fgsm, model: small, data: {fashion.test: {first: 50}}}
        """;

    private TinyExperiment(string connection) => Connection = connection;

    public string Connection { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("ledger-running-").FullName;

    public LedgerHome Home => new(Connection, Folder, TimeProvider.System, _ => { });

    /// <summary>Saves trainings after every epoch.</summary>
    public WorkshopOpening Opening => new(Home, new DatasetCatalog(DataSources.All, []), Fold, TimeProvider.System, checkpointEvery: TimeSpan.Zero);

    public static IAnsiConsole Silent => AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(TextWriter.Null) });

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<TinyExperiment> New(PostgresFixture postgres)
    {
        var connection = await postgres.CreateDatabase("running");
        return await On(connection);
    }

    /// <param name="connection">An empty database.</param>
    public static async Task<TinyExperiment> On(string connection)
    {
        await using var store = LedgerStore.Open(connection, TimeProvider.System);
        await Migrate.Apply(store, LedgerDatabase.Someone, Stop);
        return new TinyExperiment(connection);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <param name="stop">Cancelled, as by Ctrl-C, when <paramref name="until"/> holds of an event.</param>
    /// <param name="until">A condition in SQL on <c>type</c> and <c>data</c>.</param>
    public async Task<RunReport> Run(string yaml = Yaml, bool again = false, string? amend = null, CancellationTokenSource? stop = null, string? until = null)
    {
        var file = await Write(yaml);
        await using var watch = Watch(stop, until);
        var handler = new RunExperiment.Handler(Opening, TimeProvider.System, Silent);
        return await handler.Handle(new RunExperiment(file, null, [], again, Reuse: true, amend, Parallel: 2, TimeSpan.FromMinutes(5)), stop?.Token ?? Stop);
    }

    /// <returns>Path of the experiment file.</returns>
    public async Task<string> Write(string yaml)
    {
        var file = Path.Combine(Folder, "tiny.yaml");
        await File.WriteAllTextAsync(file, yaml, Stop);
        return file;
    }

    /// <param name="opening">Null: <see cref="Opening"/>.</param>
    public Task<ReplayReport> Replay(IReadOnlyList<string> runs, string? step = null, bool stopEarly = false, WorkshopOpening? opening = null) =>
        new ReplayRuns.Handler(Home, opening ?? Opening, TimeProvider.System, Silent)
            .Handle(new ReplayRuns(runs, step, ReplayVerdict.Identical, new Tolerances(), stopEarly, Parallel: 2, TimeSpan.FromMinutes(5)), Stop);

    private Timer? Watch(CancellationTokenSource? stop, string? until) => stop is null ? null : new Timer(
        _ =>
        {
            using var source = NpgsqlDataSource.Create(Connection + ";Pooling=false");
            using var command = source.CreateCommand($"select exists (select from ledger.mt_events where {until})");
            if (command.ExecuteScalar() is true)
                stop.Cancel();
        },
        null, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));

    /// <summary>Fold, as the composition root does it.</summary>
    public static async Task Fold(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var folding = await source.OpenConnectionAsync(stop);
        await ResultTables.CatchUp(folding, stop);
    }

    /// <summary>Types of all events, in the order of their positions.</summary>
    public async Task<List<string>> Types()
    {
        await using var source = NpgsqlDataSource.Create(Connection);
        await using var command = source.CreateCommand("select ledger_log.advance(); select type from ledger_log.log order by position");
        await using var rows = await command.ExecuteReaderAsync(Stop);
        await rows.NextResultAsync(Stop);
        var types = new List<string>();
        while (await rows.ReadAsync(Stop))
            types.Add(rows.GetString(0));
        return types;
    }
}
