using Spectre.Console;

namespace Ledger.Query.Bundles;

/// <summary>What went into a bundle, in words.</summary>
internal static class BundleConsole
{
    public static void Show(IAnsiConsole console, BundleExported export)
    {
        console.WriteLine($"{export.File}: {Numbers.Count(export.Events)} events{(export.IsWhole ? "" : " of some runs")}, {export.Artifacts} artifacts, {Numbers.Count(export.Bytes, "B")}, digest {export.Digest}");
        if (export.Unsealed > 0)
            console.WriteLine($"{export.Unsealed} event{(export.Unsealed == 1 ? " is" : "s are")} not sealed yet and left out; 'ledger seal' first takes them along");
        if (export.Released > 0)
            console.WriteLine($"{export.Released} artifact{(export.Released == 1 ? "" : "s")} left out: released");
    }
}
