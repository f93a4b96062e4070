using System.Globalization;

namespace Ledger.Query.Filters;

/// <summary>or binds loosest, then and, then not; each from left to right.</summary>
internal sealed class FilterParser(string text)
{
    private readonly IReadOnlyList<Token> _tokens = FilterTokens.Of(text);
    private int _at;
    private int _depth;

    private Token Here => _tokens[_at];

    public Filter Whole()
    {
        var filter = Either();
        return Here.Kind == TokenKind.End ? filter : throw FilterTokens.Wrong(Here, "and, or, or the end");
    }

    private Filter Either()
    {
        var filter = Both();
        while (Take("or"))
            filter = new Either(filter, Both());
        return filter;
    }

    private Filter Both()
    {
        var filter = Not();
        while (Take("and"))
            filter = new Both(filter, Not());
        return filter;
    }

    private Filter Not()
    {
        var opened = Here;
        if (Take("not"))
            return Deeper(opened, () => new Not(Not()));
        if (!Take("("))
            return Condition();
        var inner = Deeper(opened, Either);
        Expect(")", "and, or, or )");
        return inner;
    }

    private Filter Deeper(Token opened, Func<Filter> inner)
    {
        if (++_depth > Filter.Deepest)
            throw FilterTokens.Wrong(opened, $"at most {Filter.Deepest} within each other");
        var filter = inner();
        _depth--;
        return filter;
    }

    private Filter Condition()
    {
        string name = Here.Kind == TokenKind.Name ? Next().Text : throw FilterTokens.Wrong(Here, "the name of a column", "names that are not plain words stand between backticks");
        if (Take("is"))
        {
            bool negated = Take("not");
            Expect("null", negated ? "null" : "null, or not null");
            return new Unknown(name, negated);
        }

        if (Take("in"))
            return new OneOf(name, Values());
        if (Take("like"))
            return new Compared(name, "like", Value() is TextValue pattern ? pattern : throw FilterTokens.Wrong(_tokens[_at - 1], "a pattern between quotes, such as \"res%\""));
        return Here.Kind == TokenKind.Sign && Compared.Operators.Contains(Here.Text, StringComparer.Ordinal)
            ? new Compared(name, Next().Text, Value())
            : throw FilterTokens.Wrong(Here, $"{string.Join(' ', Compared.Operators)}, like, in or is", Here.Text is "==" or "&&" ? "one = compares" : null);
    }

    private List<FilterValue> Values()
    {
        Expect("(", "( and values");
        var values = new List<FilterValue> { Value() };
        while (Take(","))
            values.Add(Value());
        Expect(")", ", or )");
        return values;
    }

    private FilterValue Value() => Here switch
    {
        { Kind: TokenKind.Text } => new TextValue(Next().Text),
        { Kind: TokenKind.Number } => new NumberValue(double.Parse(Next().Text, NumberStyles.Float, CultureInfo.InvariantCulture)),
        { Kind: TokenKind.Word, Text: var word } when word.Equals("true", StringComparison.OrdinalIgnoreCase) || word.Equals("false", StringComparison.OrdinalIgnoreCase) =>
            new TruthValue(Next().Text.Equals("true", StringComparison.OrdinalIgnoreCase)),
        { Kind: TokenKind.Name } => throw FilterTokens.Wrong(Here, "a value", $"text stands between quotes: \"{Here.Text}\""),
        _ => throw FilterTokens.Wrong(Here, "a value: a number, text between quotes, true or false", Here.Text.Equals("null", StringComparison.OrdinalIgnoreCase) ? "is null asks for what is unknown" : null),
    };

    private Token Next() => _tokens[_at++];

    private bool Take(string text)
    {
        bool there = Here.Kind is TokenKind.Word or TokenKind.Sign && Here.Text.Equals(text, StringComparison.OrdinalIgnoreCase);
        _at += there ? 1 : 0;
        return there;
    }

    private void Expect(string text, string expected)
    {
        if (!Take(text))
            throw FilterTokens.Wrong(Here, expected);
    }
}
