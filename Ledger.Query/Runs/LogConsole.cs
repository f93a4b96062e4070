using System.Text.Json;

namespace Ledger.Query.Runs;

/// <summary>Writes events as lines, once or for as long as they come.</summary>
internal static class LogConsole
{
    /// <summary>One line an event, whole: what reads it cuts or wraps as it likes.</summary>
    public static void Show(TextWriter output, LogPage page)
    {
        foreach (var entry in page.Events)
            output.WriteLine(Line(entry));
        output.Flush();
    }

    /// <summary>One JSON object a line, so that a following reader need not wait for the end.</summary>
    public static void ShowJson(TextWriter output, LogPage page)
    {
        var options = new JsonSerializerOptions(Edge.Json) { WriteIndented = false };
        foreach (var entry in page.Events)
            output.WriteLine(JsonSerializer.Serialize(entry, options));
        output.Flush();
    }

    /// <summary>Shows pages until it is stopped, which is how following ends.</summary>
    public static async Task<int> Follow(IAsyncEnumerable<LogPage> pages, Action<LogPage> show, CancellationToken stop)
    {
        try
        {
            await foreach (var page in pages)
                show(page);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static string Line(LogEntry entry) =>
        $"{entry.Position,6}  {Numbers.Time(entry.RecordedAt)}  {entry.Type}  {Whose(entry.Stream)}{entry.Summary}";

    private static string Whose(string stream) => stream.Split('/') is ["run" or "review", var run] ? $"{run[..Math.Min(10, run.Length)]}  " : "";
}
