using System.Globalization;
using Ledger.Domain;
using Ledger.Query;
using Ledger.Query.Results;
using Ledger.Runner.Data;
using Ledger.Runner.Runs;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Spectre.Console;

namespace Ledger.Runner;

/// <summary>Puts the program together for one command: services that depend on its options, and the mediator in front of them.</summary>
/// <param name="postgres">What <c>--postgres</c> says; null: not given.</param>
internal sealed class Composition(Func<string?> postgres)
{
    public const string CheckpointVariable = "LEDGER_CHECKPOINT_SECONDS";

    /// <summary>Progress and remarks go to standard error, so that standard output is only ever the result.</summary>
    public static IAnsiConsole Remarks { get; } = ErrorConsole();

    public LedgerHome Home => new(postgres(), Directory.GetCurrentDirectory(), TimeProvider.System, Remarks.WriteLine);

    /// <summary>For what reads: the same ledger, by the way of <c>ledger-query</c>.</summary>
    public Edge Edge => Edge.OfProcess(OpenForQuery);

    /// <summary>Sends one request and shows the answer; problems become a message and an exit code.</summary>
    /// <param name="show">Gives the exit code.</param>
    public Task<int> Send<T>(IRequest<T> request, Func<T, Task<int>> show, CancellationToken stop) => Problems.Guard(
        async () =>
        {
            await using var services = Services(Home);
            await using var scope = services.CreateAsyncScope();
            return await show(await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, stop));
        },
        Console.Error);

    public Task<int> Send<T>(IRequest<T> request, Action<T> show, CancellationToken stop) =>
        Send(request, answer => { show(answer); return Task.FromResult(0); }, stop);

    public async Task<OpenedLedger> OpenForQuery(CancellationToken stop)
    {
        var home = Home;
        var opened = await home.Open(stop);
        return new OpenedLedger(new LedgerPlace(opened.ConnectionString, home.ArtifactFolder), opened.Store.Source, opened.DisposeAsync);
    }

    public static async Task Fold(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        await ResultTables.CatchUp(connection, stop);
    }

    private static IAnsiConsole ErrorConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        // Where there is no terminal a line is a record, never wrapped.
        if (Console.IsErrorRedirected)
            console.Profile.Width = int.MaxValue;
        return console;
    }

    /// <summary>Null: as the workshop has it.</summary>
    private static TimeSpan? CheckpointEvery()
    {
        if (Environment.GetEnvironmentVariable(CheckpointVariable) is not { Length: > 0 } written)
            return null;
        return double.TryParse(written, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 1e6
            ? TimeSpan.FromSeconds(seconds)
            : throw new BadInput(new Problem(written, "a number of seconds, 0 for after every epoch", CheckpointVariable));
    }

    private static ServiceProvider Services(LedgerHome home)
    {
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(Remarks);
        services.AddSingleton(home);
        services.AddSingleton(_ => DatasetCatalog.Of(home.Folder.Location));
        services.AddSingleton(_ => new HttpClient());
        services.AddSingleton<FoldTables>(Fold);
        services.AddScoped(provider => new WorkshopOpening(
            home, provider.GetRequiredService<DatasetCatalog>(), provider.GetRequiredService<FoldTables>(), TimeProvider.System, CheckpointEvery()));
        services.AddUseCases(typeof(Composition).Assembly);
        return services.BuildServiceProvider();
    }
}
