using System.CommandLine;
using Ledger.Query;
using Ledger.Runner.Garbage;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger gc</c>.</summary>
internal static class GcVerb
{
    public static Command Gc(Composition services)
    {
        var free = new Option<bool>("--free") { Description = "Do it: record the releases, then delete. Without it nothing is touched" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would go; so it is without --free" };
        var keep = new Option<int>("--keep-days") { Description = "Leave artifacts that stopped counting less than so many days ago", DefaultValueFactory = _ => CollectGarbage.DefaultKeepDays };
        var json = new Option<bool>("--json") { Description = "As JSON on standard output" };
        var verb = new Command("gc", "Show bytes that nobody asks for any more, and why; with --free, delete them. Digests, sizes and reasons stay in the ledger") { free, dryRun, keep, json };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(free) && result.GetValue(dryRun))
                result.AddError("--free deletes, --dry-run does not: give one of them");
        });
        verb.SetAction((parsed, stop) => services.Send(
            new CollectGarbage(parsed.GetValue(free), parsed.GetValue(keep)), garbage => Show(services.Edge, garbage, parsed.GetValue(json)), stop));
        return verb;
    }

    internal static void Show(Edge edge, Garbage.Garbage garbage, bool json)
    {
        if (json)
        {
            edge.WriteJson(garbage);
            return;
        }

        if (garbage.Files.Count > 0)
            PlainTables.Write(edge.Console, ["what", "digest or name", ">size", "run", "why"], garbage.Files.Select(Row));
        edge.Console.WriteLine(garbage switch
        {
            { Files.Count: 0, Kept: > 0 } => "Nothing to free yet.",
            { Files.Count: 0 } => "Nothing to free: every artifact is asked for.",
            { Freed: true } => $"Freed {Numbers.Count(garbage.Bytes, "B")}. What was released stays in the ledger with its digest, size and reason.",
            _ => $"{Numbers.Count(garbage.Bytes, "B")} would be freed; nothing was touched. It goes with ledger gc --free{(garbage.KeepDays == CollectGarbage.DefaultKeepDays ? "" : $" --keep-days {garbage.KeepDays}")}",
        });
        if (garbage.Kept > 0)
            edge.Console.WriteLine($"{garbage.Kept} artifact{(garbage.Kept == 1 ? "" : "s")} ({Numbers.Count(garbage.KeptBytes, "B")}) stopped counting less than {garbage.KeepDays} days ago and stay{(garbage.Kept == 1 ? "s" : "")}; --keep-days 0 takes them too.");
    }

    private static string[] Row(Unwanted file) =>
    [
        file.Kind.ToString().ToLowerInvariant(), Short(file.Digest ?? Path.GetFileName(file.Path)),
        Numbers.Count(file.Bytes, "B"), file.Runs.Count switch { 0 => "–", 1 => file.Runs[0].Run, var several => $"{file.Runs[^1].Run} and {several - 1} more" }, file.Reason,
    ];

    private static string Short(string name) => name[..Math.Min(12, name.Length)];
}
