using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using Ledger.Domain.Evidence;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class CanonicalFuzzTests
{
    private static readonly byte[][] Samples =
    [
        """{"b":[1,2.50,-3e2,1e21,1e-7,0.000001,123456789012345678,333333333.33333329],"a":{"é":"\u00e9\n\u0007","\u20ac":null,"\ud83d\ude00":true,"\ufb33":false,"z":"\/","":{}}}"""u8.ToArray(),
        """[0.1,1E2,9007199254740992,5e-324,1.7976931348623157e308,-0.5,100,1e20,{"aa":1,"a":2,"B":3}]"""u8.ToArray(),
        """{"claimedAt":"2026-11-23T12:00:00.000000Z","data":{"loss":0.69314718055994529,"step":"base"},"version":3}"""u8.ToArray(),
    ];

    private static readonly Gen<double> Doubles = Gen.OneOf(Gen.Double, Gen.Long.Select(BitConverter.Int64BitsToDouble), Gen.Int[-400, 400].Select(e => Math.Pow(10, e)), Gen.Int.Select(i => i / 1000.0));

    [Fact]
    public async Task Any_JSON_has_the_form_that_a_slow_reference_gives_it_or_is_refused() =>
        await Fuzz.Reader(Mutations.Json(Samples), few: 8000, Compare, refusal => refusal is NotCanonical or JsonException);

    [Fact]
    public async Task So_has_any_number() => await Fuzz.Reader(
        Gen.Select(Doubles, Mutations.One("R", "E16", "E3", "F3", "0.################")).Select((value, format) => Encoding.ASCII.GetBytes(value.ToString(format, CultureInfo.InvariantCulture))),
        few: 8000, Compare, refusal => refusal is NotCanonical or JsonException);

    private static void Compare(byte[] json)
    {
        byte[] canonical = CanonicalJson.OfText(json);
        Encoding.UTF8.GetString(canonical).ShouldBe(SlowCanonical.Of(JsonElement.Parse(json)));
        CanonicalJson.OfText(canonical).ShouldBe(canonical);
    }
}

/// <summary>RFC 8785 read out word by word, with nothing of the project's: a tree, a sort, and the fewest digits that give a double back.</summary>
internal static class SlowCanonical
{
    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{Quoted(member.Name)}:{Of(member.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Of))}]",
        JsonValueKind.String => Quoted(value.GetString()!),
        JsonValueKind.Number => Number(value.GetDouble()),
        _ => value.GetRawText(),
    };

    private static string Quoted(string text) => $"\"{string.Concat(text.Select(c => c switch
    {
        '"' or '\\' => $"\\{c}",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\f' => "\\f",
        '\r' => "\\r",
        < ' ' => $"\\u{(int)c:x4}",
        _ => $"{c}",
    }))}\"";

    /// <summary>ECMA-262, Number::toString: the least k digits s, and n, with value = s · 10^(n−k).</summary>
    private static string Number(double value)
    {
        if (value <= 0)
            return value == 0 ? "0" : $"-{Number(-value)}";
        string written = Enumerable.Range(0, 17).Select(digits => value.ToString($"E{digits}", CultureInfo.InvariantCulture)).First(text => double.Parse(text, CultureInfo.InvariantCulture) == value);
        string[] parts = written.Split('E');
        string s = parts[0].Replace(".", "", StringComparison.Ordinal);
        int k = s.Length, n = int.Parse(parts[1], CultureInfo.InvariantCulture) + 1;
        string exponent = $"e{(n > 0 ? "+" : "-")}{Math.Abs(n - 1)}";
        return k <= n && n <= 21 ? s + new string('0', n - k)
            : n is > 0 and <= 21 ? $"{s[..n]}.{s[n..]}"
            : n is > -6 and <= 0 ? $"0.{new string('0', -n)}{s}"
            : k == 1 ? s + exponent
            : $"{s[0]}.{s[1..]}{exponent}";
    }
}
