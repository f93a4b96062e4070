using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ledger.Runner.Executor;

/// <summary>
/// The stack of a process that died in native code, written by the runtime's own <c>createdump</c> as it dies: JSON of some tens of kilobytes,
/// no memory. Where the runtime has no <c>createdump</c>, or may not look into the process, there is none.
/// </summary>
public static class CrashReport
{
    // The frames on top are those of the signal's handler.
    private static readonly string[] OfTheHandler = ["libcoreclr.so", "libc.so.6"];

    /// <summary>Sets the variables that ask the runtime for a report; dumps someone asked for by the same variables stay as they are.</summary>
    public static void AskFor(IDictionary<string, string?> environment, string folder)
    {
        if (environment.ContainsKey("DOTNET_DbgEnableMiniDump"))
            return;
        environment["DOTNET_DbgEnableMiniDump"] = environment["DOTNET_EnableCrashReportOnly"] = "1";
        environment["DOTNET_DbgMiniDumpName"] = Path.Combine(folder, "crash-%p");
    }

    public static string PathOf(int process, string folder) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"crash-{process}.crashreport.json"));

    /// <summary>Where the process crashed, in a phrase: the native function or place, and the method that called it; null where nothing is known.</summary>
    /// <param name="report">The report's text; null where there is none.</param>
    public static string? Where(string? report)
    {
        if (report is null || Frames(report) is not { Count: > 0 } frames)
            return null;
        var place = frames[0];
        var method = frames.Select(frame => (string?)frame["method_name"]).FirstOrDefault(name => name is not null)?.Split('(')[0];
        var native = (string?)place["native_module"] is { } module
            ? $"in {module}, {(string?)place["unmanaged_name"] ?? (string?)place["native_image_offset"]}"
            : null;
        return string.Join(", ", new[] { native, method is null ? null : $"called by {method}" }.Where(part => part is not null)) is { Length: > 0 } where ? where : null;
    }

    private static List<JsonNode>? Frames(string report)
    {
        try
        {
            return JsonNode.Parse(report)?["payload"]?["threads"]?.AsArray()
                .FirstOrDefault(thread => (string?)thread?["crashed"] == "true")?["stack_frames"]?.AsArray()
                .OfType<JsonNode>().SkipWhile(frame => OfTheHandler.Contains((string?)frame["native_module"])).ToList();
        }
        catch (JsonException)
        {
            // The report is cut short where the disk was full, or createdump was killed too.
            return null;
        }
    }
}
