using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Ledger.Domain.Experiments;

/// <summary>
/// A rational number as a person wrote it: <c>8/255</c>, <c>0.1</c>, <c>1e-3</c>. Not a float: two texts are the same
/// adversary only if the texts are equal; the float32 used is the nearest one, converted once.
/// </summary>
[JsonConverter(typeof(ExactJson))]
public readonly partial record struct Exact
{
    private Exact(string text, BigInteger numerator, BigInteger denominator) =>
        (Text, Numerator, Denominator) = (text, numerator, denominator);

    public string Text { get; }

    public BigInteger Numerator { get; }

    /// <summary>Always positive.</summary>
    public BigInteger Denominator { get; }

    public double Value => (double)Numerator / (double)Denominator;

    public float Float => (float)Value;

    /// <summary>The bits of <see cref="Float"/> as eight hex digits.</summary>
    public string FloatBits => BitConverter.SingleToUInt32Bits(Float).ToString("x8", CultureInfo.InvariantCulture);

    public static Exact Parse(string text) =>
        TryParse(text, out var exact)
            ? exact
            : throw new FormatException($"'{text}' is not a number; expected for example 0.1, 1e-3 or 8/255");

    public static bool TryParse(string text, out Exact exact)
    {
        exact = default;
        var sides = text.Split('/');
        if (sides.Length > 2 || !TryDecimal(sides[0], out var top))
            return false;
        var bottom = (Numerator: BigInteger.One, Denominator: BigInteger.One);
        if (sides.Length == 2 && (!TryDecimal(sides[1], out bottom) || bottom.Numerator.Sign <= 0))
            return false;
        exact = new Exact(text, top.Numerator * bottom.Denominator, top.Denominator * bottom.Numerator);
        return true;
    }

    public bool Equals(Exact other) => string.Equals(Text, other.Text, StringComparison.Ordinal);

    public override int GetHashCode() => Text?.GetHashCode(StringComparison.Ordinal) ?? 0;

    public override string ToString() => Text;

    private static bool TryDecimal(string text, out (BigInteger Numerator, BigInteger Denominator) value)
    {
        value = (BigInteger.Zero, BigInteger.One);
        var match = Decimal().Match(text);
        if (!match.Success)
            return false;
        var fraction = match.Groups["fraction"].Value;
        var exponent = match.Groups["exponent"].Success ? int.Parse(match.Groups["exponent"].Value, CultureInfo.InvariantCulture) : 0;
        var digits = BigInteger.Parse(match.Groups["sign"].Value + match.Groups["whole"].Value + fraction, CultureInfo.InvariantCulture);
        var shift = exponent - fraction.Length;
        value = shift >= 0
            ? (digits * BigInteger.Pow(10, shift), BigInteger.One)
            : (digits, BigInteger.Pow(10, -shift));
        return true;
    }

    // The exponent has at most three digits so that a hostile file cannot ask for a number of a billion digits; \d would let digits of other scripts through.
    [GeneratedRegex(@"\A(?<sign>-?)(?<whole>[0-9]{1,40})(\.(?<fraction>[0-9]{1,40}))?([eE](?<exponent>[+-]?[0-9]{1,3}))?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Decimal();

    private sealed class ExactJson : JsonConverter<Exact>
    {
        public override Exact Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TryParse(reader.GetString() ?? "", out var read) ? read : throw new JsonException($"'{reader.GetString()}' is not a number.");

        public override void Write(Utf8JsonWriter writer, Exact value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
    }
}
