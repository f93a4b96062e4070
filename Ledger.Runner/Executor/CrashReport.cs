using System.Text;
using System.Text.Json;

namespace Ledger.Runner.Executor;

/// <summary>
/// The stack of a process that died in native code, written by the runtime's own <c>createdump</c> as it dies: JSON of some tens of kilobytes,
/// no memory. Where the runtime has no <c>createdump</c>, or may not look into the process, there is none.
/// </summary>
public static class CrashReport
{
    // The frames on top are those of the signal's handler.
    private static readonly string[] OfTheHandler = ["libcoreclr.so", "libc.so.6"];

    private const string Wanted = "DOTNET_DbgEnableMiniDump", FileName = "DOTNET_DbgMiniDumpName";

    /// <summary>Sets the variables that ask the runtime for a report, under a name of its own, since numbers of processes come back; dumps someone asked for by the same variables stay as they are.</summary>
    public static void AskFor(IDictionary<string, string?> environment, string folder)
    {
        if (environment.ContainsKey(Wanted))
            return;
        environment[Wanted] = environment["DOTNET_EnableCrashReportOnly"] = "1";
        environment[FileName] = Path.Combine(folder, $"crash-{Ulid.NewUlid()}");
    }

    /// <summary>Where the report of a process with these variables goes, if it crashes; null where none was asked for.</summary>
    public static string? PathOf(IDictionary<string, string?> environment) => environment.TryGetValue(FileName, out var name) ? $"{name}.crashreport.json" : null;

    /// <summary>Where the process crashed, in a phrase: the native function or place, and the method that called it; null where nothing is known.</summary>
    /// <param name="report">The report's text, which may be cut short; null where there is none.</param>
    public static string? Where(string? report)
    {
        if (report is null || Frames(report).SkipWhile(frame => OfTheHandler.Contains(frame.Module)).ToList() is not { Count: > 0 } frames)
            return null;
        var function = frames.TakeWhile(frame => frame.Module == frames[0].Module).FirstOrDefault(frame => frame.Function is not null)?.Function ?? frames[0].Offset;
        var method = frames.FirstOrDefault(frame => frame.Method is not null)?.Method;
        string?[] parts = [frames[0].Module is { } module ? $"in {module}, {Name(function)}" : null, method is null ? null : $"called by {Name(method)}"];
        return parts.Any(part => part is not null) ? string.Join(", ", parts.OfType<string>()) : null;
    }

    private static string? Name(string? signature) => signature?.Split('(')[0];

    /// <summary>Of the thread that crashed, from the top; as many as the text has.</summary>
    private static List<Frame> Frames(string report)
    {
        // createdump was seen to stop in the middle of its report; a reader that waits for more gives what there is.
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(report), isFinalBlock: false, default);
        var (crashed, inside, frame, frames) = (false, false, new Frame(), new List<Frame>());
        while (reader.Read() && !(inside && reader.TokenType == JsonTokenType.EndArray))
        {
            if (inside && reader.TokenType == JsonTokenType.EndObject)
            {
                frames.Add(frame);
                frame = new Frame();
            }

            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;
            var name = reader.GetString();
            if (!reader.Read())
                break;
            if (reader.TokenType == JsonTokenType.String)
                (crashed, frame) = (crashed || (name == "crashed" && reader.GetString() == "true"), frame.With(name, reader.GetString()));
            else if (crashed && name == "stack_frames")
                (inside, frame) = (true, new Frame());
        }

        return frames;
    }

    private sealed record Frame(string? Module = null, string? Function = null, string? Offset = null, string? Method = null)
    {
        public Frame With(string? name, string? value) => name switch
        {
            "native_module" => this with { Module = value },
            "unmanaged_name" => this with { Function = value },
            "native_image_offset" => this with { Offset = value },
            "method_name" => this with { Method = value },
            _ => this,
        };
    }
}
