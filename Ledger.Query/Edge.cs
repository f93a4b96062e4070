using System.Text.Json;
using System.Text.Json.Serialization;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Ledger.Query;

/// <summary>What a verb needs of the outside: the ledger, two places to write to. One for each process.</summary>
/// <param name="Console">For tables and words.</param>
/// <param name="Output">For JSON, CSV and Markdown: never coloured, never wrapped. The same stream as the console.</param>
/// <param name="Error">For problems and progress.</param>
public sealed record Edge(OpenLedger Open, IAnsiConsole Console, TextWriter Output, TextWriter Error)
{
    /// <summary>How every <c>--json</c> looks: snake_case names as in the tables, nulls written out, times in UTC.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        WriteIndented = true,
    };

    /// <summary>The terminal, or a plain 160 columns where there is none; <c>NO_COLOR</c> and <c>COLUMNS</c> are heeded.</summary>
    public static Edge OfProcess(OpenLedger open)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = System.Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(System.Console.Out),
        });
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int columns) && columns >= 40)
            console.Profile.Width = columns;
        else if (System.Console.IsOutputRedirected)
            console.Profile.Width = 160;
        return new Edge(open, console, System.Console.Out, System.Console.Error);
    }

    /// <summary>Sends one request and shows the answer; problems become a message and an exit code.</summary>
    public Task<int> Send<T>(IRequest<T> request, Action<T> show, CancellationToken stop) =>
        Send(request, answer => { show(answer); return 0; }, stop);

    /// <param name="show">Gives the exit code.</param>
    public Task<int> Send<T>(IRequest<T> request, Func<T, int> show, CancellationToken stop) => Problems.Guard(
        async () =>
        {
            await using var ledger = await Open(stop);
            await using var provider = Services(ledger).BuildServiceProvider();
            return show(await provider.GetRequiredService<IMediator>().Send(request, stop));
        },
        Error);

    /// <summary>Shows the answer as JSON or in words.</summary>
    public Task<int> Send<T>(IRequest<T> request, bool json, Action<T> words, CancellationToken stop) =>
        Send(request, answer => { if (json) WriteJson(answer); else words(answer); }, stop);

    internal static IServiceCollection Services(OpenedLedger ledger) =>
        new ServiceCollection().AddUseCases(typeof(Edge).Assembly).AddSingleton(ledger.Source).AddSingleton(ledger.Place);

    public void WriteJson<T>(T value) => Output.WriteLine(JsonSerializer.Serialize(value, Json));
}
