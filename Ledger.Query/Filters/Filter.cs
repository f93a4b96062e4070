using System.Globalization;
using System.Text;

namespace Ledger.Query.Filters;

/// <summary>
/// A condition on rows, as people write it: <c>metrics.robust_accuracy &gt; 0.5 and model = "resnet18"</c>. The language is in docs/filters.md; the same
/// text means the same on the command line, over HTTP and in pages. What is unknown (null) is neither true nor false, as in SQL.
/// </summary>
public abstract record Filter
{
    /// <summary>Longest text, in characters.</summary>
    public const int Longest = 4000;

    /// <summary>Most parentheses and nots within each other.</summary>
    public const int Deepest = 50;

    /// <exception cref="Domain.BadInput">With the column at which it went wrong.</exception>
    public static Filter Parse(string text) => new FilterParser(text).Whole();

    /// <summary>The same condition as text; <see cref="Parse"/> gives an equal one back.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Write(text, 0);
        return text.ToString();
    }

    /// <param name="within">How tightly what stands around binds: 0 nothing, 1 or, 2 and, 3 not.</param>
    internal abstract void Write(StringBuilder text, int within);

    internal static void Write(StringBuilder text, bool parentheses, Action inner)
    {
        if (parentheses)
            text.Append('(');
        inner();
        if (parentheses)
            text.Append(')');
    }
}

public sealed record Either(Filter First, Filter Second) : Filter
{
    internal override void Write(StringBuilder text, int within) => Write(text, within > 1, () =>
    {
        First.Write(text, 1);
        text.Append(" or ");
        Second.Write(text, 2);
    });
}

public sealed record Both(Filter First, Filter Second) : Filter
{
    internal override void Write(StringBuilder text, int within) => Write(text, within > 2, () =>
    {
        First.Write(text, 2);
        text.Append(" and ");
        Second.Write(text, 3);
    });
}

public sealed record Not(Filter Of) : Filter
{
    internal override void Write(StringBuilder text, int within) => Write(text, false, () =>
    {
        text.Append("not ");
        Of.Write(text, 3);
    });
}

/// <param name="Operator">One of <c>= != &lt; &lt;= &gt; &gt;= like</c>.</param>
public sealed record Compared(string Name, string Operator, FilterValue Value) : Filter
{
    public static IReadOnlyList<string> Operators { get; } = ["=", "!=", "<=", ">=", "<", ">"];

    internal override void Write(StringBuilder text, int within) => text.Append(FilterName.Text(Name)).Append(' ').Append(Operator).Append(' ').Append(Value);
}

public sealed record OneOf(string Name, IReadOnlyList<FilterValue> Values) : Filter
{
    public bool Equals(OneOf? other) => other is not null && Name == other.Name && Values.SequenceEqual(other.Values);

    public override int GetHashCode() => HashCode.Combine(Name, Values.Count);

    internal override void Write(StringBuilder text, int within) => text.Append(FilterName.Text(Name)).Append(" in (").AppendJoin(", ", Values).Append(')');
}

public sealed record Unknown(string Name, bool Negated) : Filter
{
    internal override void Write(StringBuilder text, int within) => text.Append(FilterName.Text(Name)).Append(Negated ? " is not null" : " is null");
}

/// <summary>What a column is compared with.</summary>
public abstract record FilterValue;

public sealed record TextValue(string Text) : FilterValue
{
    public override string ToString() => $"\"{Text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

public sealed record NumberValue(double Number) : FilterValue
{
    public override string ToString() => Number.ToString("R", CultureInfo.InvariantCulture);
}

public sealed record TruthValue(bool Truth) : FilterValue
{
    public override string ToString() => Truth ? "true" : "false";
}

/// <summary>Names of columns: bare where they are words joined by dots, between backticks where not.</summary>
internal static class FilterName
{
    private static readonly string[] Words = ["and", "or", "not", "like", "in", "is", "null", "true", "false"];

    public static bool IsWord(string text) => Words.Contains(text, StringComparer.OrdinalIgnoreCase);

    public static string Text(string name) =>
        name.Length > 0 && IsFirst(name[0]) && name.All(IsOf) && !IsWord(name) ? name : $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    public static bool IsFirst(char letter) => char.IsAsciiLetter(letter) || letter == '_';

    public static bool IsOf(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.';
}
