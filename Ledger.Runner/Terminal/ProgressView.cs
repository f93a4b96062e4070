using System.Globalization;
using System.Threading.Channels;
using Ledger.Runner.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ledger.Runner.Terminal;

/// <summary>Shows progress on standard error: bars that redraw on a terminal, one line per finished step elsewhere.</summary>
public sealed class ProgressView : IAsyncDisposable
{
    private readonly IAnsiConsole console;
    private readonly TimeProvider time;
    private readonly Channel<RunNews> channel = Channel.CreateUnbounded<RunNews>();
    private readonly Task showing;
    private ProgressBoard board;

    public ProgressView(IAnsiConsole console, ProgressBoard board, TimeProvider time)
    {
        (this.console, this.board, this.time) = (console, board, time);
        showing = console.Profile.Capabilities.Interactive ? ShowLive() : ShowLines();
    }

    public void Report(RunNews news) => channel.Writer.TryWrite(news);

    public async ValueTask DisposeAsync()
    {
        channel.Writer.TryComplete();
        await showing;
    }

    private async Task ShowLines()
    {
        await foreach (var news in channel.Reader.ReadAllAsync())
        {
            board = board.After(news);
            if (ProgressText.Line(news, board) is { } line)
                console.WriteLine(line);
        }
    }

    private Task ShowLive() => console.Live(Text.Empty).AutoClear(true).StartAsync(async live =>
    {
        while (!channel.Reader.Completion.IsCompleted)
        {
            while (channel.Reader.TryRead(out var news))
                board = board.After(news);
            live.UpdateTarget(ProgressText.Board(board, time.GetUtcNow()));
            await Task.Delay(TimeSpan.FromMilliseconds(200), time);
        }
    });
}

/// <summary>Progress in words; pure.</summary>
public static class ProgressText
{
    private const int BarWidth = 16;

    /// <summary>The line for a finished step or failed run; null for news that only moves a bar.</summary>
    public static string? Line(RunNews news, ProgressBoard board) => news switch
    {
        StepEnded { How: "reused" } => null,
        StepEnded ended => $"[{board.StepsEnded}/{board.StepsPlanned}] {ended.Step,-16} {ended.Label}  {ended.How} in {Duration(ended.Seconds)}  {ended.Summary}",
        RunEnded { How: "failed" } ended => $"run {ended.Run} failed; the others go on",
        _ => null,
    };

    public static IRenderable Board(ProgressBoard board, DateTimeOffset now)
    {
        var grid = new Grid().AddColumns(5);
        foreach (var step in board.Active)
            grid.AddRow([.. Cells(step, now).Select(cell => (IRenderable)new Text(cell))]);
        return new Rows(grid, new Text(Foot(board, now)));
    }

    public static string Foot(ProgressBoard board, DateTimeOffset now) =>
        $"{board.RunsDone} of {board.Runs} runs done · {board.StepsEnded} of {board.StepsPlanned} steps · {board.RunsFailed} failed · {board.Flags} flagged · {Left(board, now)}";

    public static string Duration(double seconds) => seconds switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 6000 => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(seconds / 60):0} min {seconds % 60:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };

    private static IEnumerable<string> Cells(ActiveStep step, DateTimeOffset now) =>
    [
        step.Began.Step,
        step.Began.Label,
        step.Began.Epochs is { } epochs ? $"{Bar(step.Epoch, epochs)} {step.Epoch}/{epochs}" : Duration((now - step.Began.At).TotalSeconds),
        step.Loss is { } loss ? string.Create(CultureInfo.InvariantCulture, $"loss {loss:0.000}") : "",
        step.SecondsLeft is { } left ? $"left {Duration(left)}" : "",
    ];

    private static string Bar(int done, int all)
    {
        var filled = all == 0 ? BarWidth : BarWidth * done / all;
        return new string('█', filled) + new string('░', BarWidth - filled);
    }

    private static string Left(ProgressBoard board, DateTimeOffset now)
    {
        var spent = (now - board.Began).TotalSeconds;
        var left = board.EstimatedSeconds - spent;
        return left > 0 ? $"about {Duration(left)} left" : $"{Duration(spent)} so far";
    }
}
