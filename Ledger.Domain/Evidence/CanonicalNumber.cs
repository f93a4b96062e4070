using System.Globalization;

namespace Ledger.Domain.Evidence;

/// <summary>
/// Numbers as ECMAScript writes them (ECMA-262 Number::toString, RFC 8785 section 3.2.2.3): the shortest digits that
/// give the same double back, plain between 1e-6 and 1e21, with an exponent outside.
/// </summary>
internal static class CanonicalNumber
{
    private const double TwoTo53 = 9007199254740992;

    public static string Format(double value)
    {
        if (value == 0)
            return "0";
        (string digits, int point) = ShortestDigits(Math.Abs(value));
        return (value < 0 ? "-" : "") + Place(digits, point);
    }

    /// <summary>Whether the text has to be looked at: for most values none can be at fault.</summary>
    public static bool MayBeAtFault(double value) => value == 0 || !(Math.Abs(value) < TwoTo53);

    /// <summary>
    /// Why a number's text may not stand in canonical JSON, or null. An integer past 2^53 is let through only when it
    /// is the shortest decimal of its double: jsonb writes 1e20 out in digits, and it must come back the same.
    /// </summary>
    public static (string Found, string Expected)? Fault(string text, double value)
    {
        if (!double.IsFinite(value))
            return (text, "a number within the range of a double");
        if (value == 0 && text.StartsWith('-'))
            return (text, "0: jsonb does not keep the sign of zero");
        if (value == 0 && Mantissa(text).AsSpan().IndexOfAnyInRange('1', '9') >= 0)
            return (text, "a number that a double can tell from 0");
        if (Math.Abs(value) >= TwoTo53 && IsInteger(text) && !SameDigits(text, value))
            return (text, "an integer of at most 2^53, or a string");
        return null;
    }

    private static bool IsInteger(string text) => text.AsSpan().IndexOfAny('.', 'e', 'E') < 0;

    private static bool SameDigits(string text, double value)
    {
        (string digits, int point) = ShortestDigits(Math.Abs(value));
        return text.AsSpan().TrimStart('-').SequenceEqual(digits.PadRight(point, '0'));
    }

    /// <summary>The digits d and the place n of the decimal point, so that the value is 0.d times 10^n.</summary>
    private static (string Digits, int Point) ShortestDigits(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        string mantissa = Mantissa(text);
        int exponent = mantissa.Length == text.Length ? 0 : int.Parse(text.AsSpan(mantissa.Length + 1), provider: CultureInfo.InvariantCulture);
        int wholeDigits = mantissa.IndexOf('.') is var dot and >= 0 ? dot : mantissa.Length;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        string significant = digits.TrimStart('0');
        return (significant.TrimEnd('0'), wholeDigits + exponent - (digits.Length - significant.Length));
    }

    private static string Mantissa(string text) =>
        text.IndexOfAny(['e', 'E']) is var exponent and >= 0 ? text[..exponent] : text;

    private static string Place(string digits, int point) => (digits.Length, point) switch
    {
        (var k, <= 21) when point >= k => digits.PadRight(point, '0'),
        (_, > 0 and <= 21) => digits.Insert(point, "."),
        (_, > -6 and <= 0) => "0." + new string('0', -point) + digits,
        (1, _) => digits + Exponent(point - 1),
        _ => digits.Insert(1, ".") + Exponent(point - 1),
    };

    private static string Exponent(int exponent) =>
        $"e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent)}";
}
