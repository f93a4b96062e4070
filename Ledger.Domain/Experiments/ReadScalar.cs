using System.Globalization;
using System.Text.RegularExpressions;

namespace Ledger.Domain.Experiments;

/// <summary>
/// One text read as what is wanted at its place. Each method reports a problem and gives a stand-in value when the text
/// is not that.
/// </summary>
internal static partial class ReadScalar
{
    /// <summary>Names of definitions, steps, axes and options.</summary>
    public const string NameForm = "letters, digits, - and _, starting with a letter or digit";

    /// <summary>Whether a metric may be recorded under it: snake_case.</summary>
    public static bool IsRecorded(string text) => Recorded().IsMatch(text);

    public static bool IsName(string text) => Name().IsMatch(text);

    public static string Text(SpecNode node, SpecProblems problems, string expected = "text")
    {
        if (node is SpecScalar { Text.Length: > 0 } scalar)
            return scalar.Text;
        problems.Add(node, expected);
        return "";
    }

    /// <summary>One of a fixed list of words; null after a problem.</summary>
    public static string? Word(SpecNode node, IReadOnlyList<string> words, SpecProblems problems)
    {
        if (node is SpecScalar scalar)
        {
            if (words.Contains(scalar.Text))
                return scalar.Text;
            problems.AddUnknown(scalar.Place, scalar.Text, words, words.Count == 1 ? "the only choice" : "one of");
        }
        else
        {
            problems.Add(node, $"one of: {string.Join(", ", words)}");
        }

        return null;
    }

    public static long Integer(SpecNode node, long low, long high, SpecProblems problems)
    {
        if (node is SpecScalar scalar && Whole().IsMatch(scalar.Text)
            && long.Parse(scalar.Text, CultureInfo.InvariantCulture) is var number && number >= low && number <= high)
            return number;
        problems.Add(node, $"a whole number from {low} to {high}");
        return low;
    }

    public static int Count(SpecNode node, int low, int high, SpecProblems problems) => (int)Integer(node, low, high, problems);

    /// <summary>A number in the range, as a double; <c>1e-3</c>, <c>0.001</c> and <c>1/1000</c> are the same.</summary>
    public static double Number(SpecNode node, Range range, SpecProblems problems) => Exact(node, range, problems).Value;

    /// <summary>A number in the range, kept as written.</summary>
    public static Exact Exact(SpecNode node, Range range, SpecProblems problems, string? hint = null)
    {
        if (node is SpecScalar scalar && Experiments.Exact.TryParse(scalar.Text, out var number))
        {
            if (range.Holds(number.Value))
                return number;
            problems.Add(node, range.ToString(), hint);
        }
        else
        {
            problems.Add(node, $"{range}, for example 0.1, 1e-3 or 8/255");
        }

        return Experiments.Exact.Parse("1");
    }

    public static bool Boolean(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar { Text: "true" or "false" } scalar)
            return scalar.Text == "true";
        problems.Add(node, "true or false", (node as SpecScalar)?.Text switch
        {
            "no" or "off" or "No" or "Off" or "False" => "did you mean false?",
            "yes" or "on" or "Yes" or "On" or "True" => "did you mean true?",
            _ => null,
        });
        return false;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,63}\z")]
    private static partial Regex Recorded();

    // Fifteen digits fit in a double, and so in JSON; a leading zero would be octal to other readers of the file.
    [GeneratedRegex(@"\A(0|-?[1-9][0-9]{0,14})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Whole();
}

/// <summary>An interval of finite numbers, and how it is said. Above zero means as a float32 too, which is what is computed with.</summary>
internal readonly record struct Range(double Low, double High, bool LowOpen = false, bool HighOpen = false, string Where = "")
{
    public static readonly Range Fraction = new(0, 1, LowOpen: true, HighOpen: true);

    public static Range Above(double low, double high, string where = "") => new(low, high, LowOpen: true, Where: where);

    public bool Holds(double value) =>
        (LowOpen ? value > Low && (Low != 0 || (float)value > 0) : value >= Low) && (HighOpen ? value < High : value <= High);

    public override string ToString() =>
        $"a number {(LowOpen ? "above" : "from")} {Low} {(HighOpen ? "and below" : LowOpen ? "and at most" : "to")} {High}{Where}";
}
