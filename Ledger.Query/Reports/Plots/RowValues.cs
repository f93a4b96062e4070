using Ledger.Query.Results;

namespace Ledger.Query.Reports.Plots;

/// <summary>What can be plotted of a row, by the name under which it is recorded.</summary>
internal static class RowValues
{
    public const string Robust = "robust_accuracy", Relative = "relative_robustness", Clean = "clean_accuracy";

    /// <summary>Whether the value is one of an attack, so that it is plotted for each.</summary>
    public static bool OfAttack(string name) => name is Robust or Relative;

    /// <param name="attack">Which of the table's attacks, where the value is one of an attack.</param>
    public static Spread? Of(ResultsRow row, string name, int attack = -1) => name switch
    {
        Robust => row.Attacks[attack] is { Mean: { } mean } spread ? new Spread(mean, spread.Deviation, spread.Seeds) : null,
        Relative => Spread.Of(row.EachSeed.Select(seed => seed.Attacks[attack]).Select(result => result is { Attacked: > 0 } ? 1 - ((double)result.Broken / result.Attacked) : (double?)null)),
        Clean => row.Clean,
        "gradient_evaluations_train" => row.GradientEvaluations,
        "train_seconds" => row.TrainSeconds,
        "requested" => Spread.Of([row.Requested]),
        "achieved" => Spread.Of([row.Achieved]),
        _ => row.Values.GetValueOrDefault(name),
    };

    /// <summary>Fractions are plotted in percent.</summary>
    public static bool IsFraction(ResultsTable table, string name) =>
        name is Robust or Relative or Clean || string.Equals(table.Metrics.GetValueOrDefault(name), "fraction", StringComparison.Ordinal);

    /// <summary><c>robust accuracy (%)</c>, <c>train seconds (s)</c>.</summary>
    public static string Label(ResultsTable table, string name)
    {
        string words = name.Replace('_', ' ');
        return table.Metrics.GetValueOrDefault(name, name is "train_seconds" ? "s" : "") switch
        {
            _ when IsFraction(table, name) => $"{words} (%)",
            "" or "count" or "ratio" => words,
            var unit => $"{words} ({unit})",
        };
    }
}
