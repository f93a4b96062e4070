using Ledger.Domain;
using Ledger.Domain.Experiments;

namespace Ledger.Query.Filters;

/// <summary>What a column holds.</summary>
internal enum FilterType
{
    Text,
    Number,
    Truth,
    Time,
}

/// <summary>A name that a filter may use, as SQL.</summary>
/// <param name="Expression">Of the value; never from input.</param>
/// <param name="Within">Where there are several values: <c>{0}</c> stands for the condition on one of them, <c>{1}</c> for the parameter <paramref name="Parameter"/>.</param>
/// <param name="Parameter">Part of the name that is a value of the ledger's.</param>
internal sealed record FilterColumn(string Expression, FilterType Type, string? Within = null, string? Parameter = null);

/// <summary>
/// A filter as a condition of SQL. Values and whatever else comes from the text are parameters; the rest comes from <see cref="FilterColumn"/>s, so
/// that no text of a person is ever part of the statement.
/// </summary>
/// <param name="columns">Null: no such name.</param>
/// <param name="known">Names to suggest.</param>
/// <param name="first">Number of the first parameter it may use.</param>
internal sealed class FilterSql(Func<string, FilterColumn?> columns, IReadOnlyList<string> known, int first)
{
    private readonly List<object> _values = [];

    /// <summary>Parameters from <c>$first</c> on, once <see cref="Of"/> is done.</summary>
    public IReadOnlyList<object> Values => _values;

    /// <exception cref="BadInput">A name that is not there, or a value of another type than its column's.</exception>
    public string Of(Filter filter) => filter switch
    {
        Either(var a, var b) => $"({Of(a)} or {Of(b)})",
        Both(var a, var b) => $"({Of(a)} and {Of(b)})",
        Not(var inner) => $"(not {Of(inner)})",
        Unknown(var name, var negated) => negated ? $"({On(name, column => $"{column.Expression} is not null")})" : $"(not {On(name, column => $"{column.Expression} is not null")})",
        OneOf(var name, var values) => On(name, column => $"{column.Expression} in ({string.Join(", ", values.Select(value => Parameter(name, column, value)))})"),
        Compared(var name, "!=", var value) => On(name, column => $"{column.Expression} <> {Parameter(name, column, value)}"),
        Compared(var name, "like", var value) => On(name, column => column.Type == FilterType.Text
            ? $"{column.Expression} like {Parameter(name, column, value)}"
            : throw new BadInput(new Problem($"{name} like {value}", $"a comparison: {name} is {Word(column.Type)}", "filter"))),
        Compared(var name, var sign, var value) when Compared.Operators.Contains(sign, StringComparer.Ordinal) => On(name, column => $"{column.Expression} {sign} {Parameter(name, column, value)}"),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "no such filter"),
    };

    private string On(string name, Func<FilterColumn, string> condition)
    {
        var column = columns(name) ?? throw new BadInput(new Problem(
            $"'{name}'", known.Count > 40 ? "the name of a column" : $"one of {string.Join(", ", known)}", "filter", Hint: Suggestions.DidYouMean(name, known)));
        string inner = condition(column);
        return column.Within is { } within
            ? within.Replace("{1}", column.Parameter is { } part ? Add(part) : "", StringComparison.Ordinal).Replace("{0}", inner, StringComparison.Ordinal)
            : inner;
    }

    private string Parameter(string name, FilterColumn column, FilterValue value) => (column.Type, value) switch
    {
        (FilterType.Number, NumberValue(var number)) => Add(number),
        (FilterType.Text, TextValue(var text)) when text.Contains('\0') => throw new BadInput(new Problem("a character 0 in text", "text without it", "filter")),
        (FilterType.Text, TextValue(var text)) => Add(text),
        (FilterType.Truth, TruthValue(var truth)) => Add(truth),
        (FilterType.Time, TextValue(var text)) when DateTimeOffset.TryParse(text, null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) => Add(time.ToUniversalTime()),
        _ => throw new BadInput(new Problem($"{name} with {value}", $"{Word(column.Type)}", "filter")),
    };

    private string Add(object value)
    {
        _values.Add(value);
        return $"${first + _values.Count - 1}";
    }

    private static string Word(FilterType type) => type switch
    {
        FilterType.Number => "a number",
        FilterType.Truth => "true or false",
        FilterType.Time => "a time between quotes, such as \"2026-11-23\"",
        _ => "text between quotes",
    };
}
