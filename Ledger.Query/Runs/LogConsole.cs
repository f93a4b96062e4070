using System.Text.Json;
using Npgsql;

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

    /// <summary>Reads on whenever the ledger grows; positions are given by whoever writes, or by this reader once a second.</summary>
    public static async Task<int> Follow(NpgsqlDataSource source, ReadLog query, Func<ReadLog, Task<LogPage>> read, Action<LogPage> show, CancellationToken stop)
    {
        await using var listener = await source.OpenConnectionAsync(stop);
        await using (var listen = new NpgsqlCommand("listen ledger", listener))
            await listen.ExecuteNonQueryAsync(stop);
        try
        {
            while (true)
            {
                var page = await read(query);
                show(page);
                query = query with { From = page.Next(query.Limit) };
                if (page.Events.Count < query.Limit)
                    await listener.WaitAsync(TimeSpan.FromSeconds(1), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0; // Ctrl-C is how following ends.
        }
    }

    private static string Line(LogEntry entry) =>
        $"{entry.Position,6}  {Numbers.Time(entry.RecordedAt)}  {entry.Type}  {Whose(entry.Stream)}{entry.Summary}";

    private static string Whose(string stream) => stream.Split('/') is ["run" or "review", var run] ? $"{run[..Math.Min(10, run.Length)]}  " : "";
}
