using System.Globalization;
using System.Text;
using Ledger.Domain;

namespace Ledger.Query.Filters;

internal enum TokenKind
{
    End,
    Name,
    Word,
    Text,
    Number,
    Sign,
}

/// <param name="At">Column of its first character, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int At);

/// <summary>A filter's text as words, values and signs.</summary>
internal static class FilterTokens
{
    private static readonly string[] Signs = [.. Compared.Operators, "(", ")", ","];

    public static IReadOnlyList<Token> Of(string text)
    {
        if (text.Length > Filter.Longest)
            throw new BadInput(new Problem($"{text.Length} characters", $"at most {Filter.Longest}", "filter"));
        var tokens = new List<Token>();
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            var (token, end) = Next(text, at);
            tokens.Add(token);
            at = end;
        }

        return [.. tokens, new Token(TokenKind.End, "the end", text.Length + 1)];
    }

    public static BadInput Wrong(Token token, string expected, string? hint = null) =>
        new(new Problem(token.Kind == TokenKind.End ? token.Text : $"'{token.Text}'", expected, $"filter, column {token.At}", Hint: hint));

    private static (Token Token, int End) Next(string text, int at) => text[at] switch
    {
        '"' or '\'' => Quoted(text, at, TokenKind.Text),
        '`' => Quoted(text, at, TokenKind.Name),
        var letter when FilterName.IsFirst(letter) => Word(text, at),
        var digit when char.IsAsciiDigit(digit) || digit is '-' or '+' or '.' => Number(text, at),
        _ when Signs.FirstOrDefault(sign => string.CompareOrdinal(text, at, sign, 0, sign.Length) == 0) is { } sign => (new Token(TokenKind.Sign, sign, at + 1), at + sign.Length),
        var other => throw Wrong(new Token(TokenKind.Sign, $"{other}", at + 1), "a name, a value, a comparison or a parenthesis"),
    };

    /// <summary>Up to the same quote; two of them stand for one.</summary>
    private static (Token Token, int End) Quoted(string text, int at, TokenKind kind)
    {
        char quote = text[at];
        var inner = new StringBuilder();
        for (int i = at + 1; i < text.Length; i++)
        {
            if (text[i] != quote)
                inner.Append(text[i]);
            else if (i + 1 < text.Length && text[i + 1] == quote)
                inner.Append(text[i++]);
            else
                return (new Token(kind, inner.ToString(), at + 1), i + 1);
        }

        throw Wrong(new Token(TokenKind.End, "the end", text.Length + 1), $"a closing {quote}, opened at column {at + 1}");
    }

    private static (Token Token, int End) Word(string text, int at)
    {
        int end = at;
        while (end < text.Length && FilterName.IsOf(text[end]))
            end++;
        string word = text[at..end];
        return (new Token(FilterName.IsWord(word) ? TokenKind.Word : TokenKind.Name, word, at + 1), end);
    }

    private static (Token Token, int End) Number(string text, int at)
    {
        int end = at;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '.' or '-' or '+'))
            end++;
        var token = new Token(TokenKind.Number, text[at..end], at + 1);
        return double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? (token, end) : throw Wrong(token, "a number such as 0.5 or 1e-3", "text stands between quotes");
    }
}
