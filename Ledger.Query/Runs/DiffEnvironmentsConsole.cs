using Spectre.Console;

namespace Ledger.Query.Runs;

internal static class DiffEnvironmentsConsole
{
    public static void Show(IAnsiConsole console, EnvironmentDifferences environments)
    {
        console.WriteLine(environments.SameClass
            ? "One class of environment: equal bits are promised."
            : "Two classes of environment: equal bits are not promised.");
        if (environments.Differences.Count > 0)
            PlainTables.Write(console, ["fact", environments.Mine, environments.Theirs], environments.Differences.Select(fact => (string[])[fact.Path, fact.Mine ?? "–", fact.Theirs ?? "–"]));
    }
}
