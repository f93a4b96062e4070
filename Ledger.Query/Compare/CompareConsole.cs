using Ledger.Query.Results;
using Spectre.Console;

namespace Ledger.Query.Compare;

/// <summary>A comparison in words: two sides stand beside each other, more below each other with what varies as columns.</summary>
internal static class CompareConsole
{
    private const int LongestText = 40;

    public static void Show(IAnsiConsole console, Comparison comparison)
    {
        if (comparison.Sides.Count == 2)
            Pair(console, comparison);
        else
            Many(console, comparison);
        if (comparison.Facts.Count == 0)
            console.WriteLine("No difference.");
        Paired(console, comparison.Paired);
        var same = comparison.Same.Where(kind => kind.Value > 0).OrderBy(kind => kind.Key).Select(kind => $"{kind.Value} of {Word(kind.Key)}").ToList();
        console.WriteLine($"{(same.Count == 0 ? "" : $"The same: {string.Join(", ", same)} · ")}position {string.Join(", ", comparison.Sides.Select(side => side.Position).Distinct())}");
    }

    private static void Pair(IAnsiConsole console, Comparison comparison)
    {
        string first = comparison.Sides[0].Name, second = comparison.Sides[1].Name;
        foreach (var kind in comparison.Facts.GroupBy(fact => fact.Kind))
        {
            bool metrics = kind.Key == FactKind.Metrics;
            string[] columns = metrics ? [Word(kind.Key), $">{first}", $">{second}", ">difference", ""] : [Word(kind.Key), first, second];
            PlainTables.Write(console, columns, kind.Select(fact => metrics
                ? [fact.Path, Text(fact, 0), Text(fact, 1), Difference(fact), fact.Class == ColumnClass.Observed ? "observed" : ""]
                : new[] { fact.Path, Text(fact, 0), Text(fact, 1) }));
            console.WriteLine();
        }
    }

    /// <summary>What tells the runs apart, and the figures people look for first.</summary>
    private static void Many(IAnsiConsole console, Comparison comparison)
    {
        var shown = comparison.Facts.Where(IsShownOfMany).ToList();
        if (shown.Count > 0)
        {
            PlainTables.Write(
                console, ["", .. shown.Select(fact => $"{(fact.Kind == FactKind.Metrics ? ">" : "")}{Heading(fact)}")],
                comparison.Sides.Select((side, at) => (IReadOnlyList<string>)[side.Name, .. shown.Select(fact => Text(fact, at))]));
            console.WriteLine();
        }

        if (comparison.Facts.Count - shown.Count is > 0 and var more)
            console.WriteLine($"{more} more differences are in --json, and in 'ledger compare' of two.");
    }

    private static bool IsShownOfMany(ComparedFact fact) => fact.Kind switch
    {
        FactKind.Identity => true,
        FactKind.Configuration => fact.Path is "seed" or "threads" || fact.Path.StartsWith("point.", StringComparison.Ordinal),
        FactKind.Metrics => ShownOfMany.Contains(fact.Path[(fact.Path.LastIndexOf('.') + 1)..], StringComparer.Ordinal) && fact.Values.All(value => value is not null),
        _ => false,
    };

    private static readonly string[] ShownOfMany = ["clean_accuracy_full", "robust_accuracy", "parameters", "size_bytes", "macs"];

    private static string Heading(ComparedFact fact) => fact.Kind switch
    {
        FactKind.Configuration => fact.Path.Replace("point.", "", StringComparison.Ordinal),
        FactKind.Metrics => fact.Path.Replace($"{FactsOfRuns.LastNetwork}.", "", StringComparison.Ordinal).Replace(".robust_accuracy", "", StringComparison.Ordinal).Replace("_accuracy_full", "", StringComparison.Ordinal),
        _ => fact.Path,
    };

    private static void Paired(IAnsiConsole console, IReadOnlyList<PairedDifference> paired)
    {
        if (paired.Count == 0)
            return;
        bool bootstrap = paired.Any(difference => difference.Bootstrap is not null);
        PlainTables.Write(
            console, ["on the same examples", ">examples", ">seeds", ">only first", ">only second", ">difference, points", ">95 %", ">mid-p", .. bootstrap ? [">bootstrap"] : Array.Empty<string>()],
            paired.Select(d => (IReadOnlyList<string>)
            [
                d.What, $"{d.Examples}", $"{d.Seeds}", $"{d.OnlyFirst}", $"{d.OnlySecond}", Points(d.Difference), Between(d.Low, d.High), Numbers.Significant(d.MidP),
                .. d.Bootstrap is { } ends ? [Between(ends.Low, ends.High)] : Array.Empty<string>(),
            ]));
        console.WriteLine();
    }

    internal static string Between(double low, double high) => $"{Points(low)} to {Points(high)}";

    internal static string Points(double fraction) => $"{100 * fraction:+0.0;-0.0;0.0}";

    internal static string Difference(ComparedFact fact) => (fact.Difference, fact.Unit) switch
    {
        (null, _) => "–",
        ({ } d, "fraction") => Points(d),
        ({ } d, _) => (d < 0 ? "-" : "+") + Number(Math.Abs(d), fact.Unit),
    };

    internal static string Text(ComparedFact fact, int side) => fact.Values[side] switch
    {
        null => "–",
        { Seeds: { } seeds, Number: { } mean } spread => ResultsColumns.Text(new Spread(mean, spread.Deviation, seeds), fact.Unit),
        { Number: { } number } when fact.Kind == FactKind.Metrics => Number(number, fact.Unit),
        { Text: var text } => text.Length <= LongestText ? text : $"{text[..(LongestText - 1)]}…",
    };

    private static string Number(double number, string unit) => unit switch
    {
        "fraction" => Numbers.Percent(number, null),
        "count" => Numbers.Count(number),
        "bytes" => Numbers.Count(number, "B"),
        _ => Numbers.Significant(number),
    };

    private static string Word(FactKind kind) => kind.ToString().ToLowerInvariant();
}
