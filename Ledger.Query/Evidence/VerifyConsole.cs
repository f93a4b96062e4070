using Ledger.Domain.Evidence.Audit;
using Spectre.Console;

namespace Ledger.Query.Evidence;

/// <summary>A verification in words: what was looked at, then findings, the worst first.</summary>
internal static class VerifyConsole
{
    /// <summary>Findings of one kind beyond this are only counted; <c>--json</c> has them all.</summary>
    private const int Shown = 20;

    public static void Show(IAnsiConsole console, Verification found)
    {
        PlainTables.Facts(
            console,
            ("ledger", $"{found.Origin}, position {found.Position}, sealed up to {found.Sealed}"),
            ("events", $"{Numbers.Count(found.Events)} read{(found.Whole ? "" : $" of {Numbers.Count(found.Position)}: not a whole verification")}, {found.Seals} seals"),
            ("artifacts", $"{found.Artifacts}, {Numbers.Count(found.ArtifactBytes, "B")}{(found.Released > 0 ? $"; {found.Released} released" : "")}"),
            ("results tables", $"{found.Tables}"),
            ("time", Numbers.Duration(TimeSpan.FromSeconds(found.Seconds))));
        console.WriteLine();
        foreach (var kind in found.Findings.GroupBy(finding => (finding.Severity, finding.Code)))
        {
            foreach (var finding in kind.Take(Shown))
                console.WriteLine($"{Word(finding.Severity)} {finding}");
            if (kind.Count() > Shown)
                console.WriteLine($"{Word(kind.Key.Severity)} … and {kind.Count() - Shown} more of {kind.Key.Code}");
        }

        int broken = found.Findings.Count(finding => finding.Severity == Severity.Broken), doubts = found.Findings.Count(finding => finding.Severity == Severity.Doubt);
        console.WriteLine(broken > 0
            ? $"EVIDENCE IS BROKEN: {broken} finding{(broken == 1 ? "" : "s")}, {doubts} doubt{(doubts == 1 ? "" : "s")}"
            : $"nothing is broken{(doubts > 0 ? $", {doubts} doubt{(doubts == 1 ? "" : "s")}" : "")}");
    }

    private static string Word(Severity severity) => severity.ToString().ToLowerInvariant().PadRight(6);
}
