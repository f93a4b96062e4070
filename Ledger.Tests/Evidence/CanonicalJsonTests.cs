using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Ledger.Domain.Evidence;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

public class CanonicalJsonTests
{
    // RFC 8785, appendix B.
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void Numbers_are_written_as_ECMAScript_does(string bits, string expected) =>
        CanonicalNumber.Format(BitConverter.UInt64BitsToDouble(ulong.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))
            .ShouldBe(expected);

    [Fact]
    public void Any_number_comes_back_from_its_canonical_form() =>
        Gen.Double.Where(double.IsFinite).Sample(x =>
            double.Parse(CanonicalNumber.Format(x), CultureInfo.InvariantCulture) == x, iter: 20_000);

    [Fact]
    public void Any_number_in_any_notation_is_written_as_ECMAScript_does() =>
        Gen.Select(Gen.Double.Where(x => double.IsFinite(x) && x != 0), Gen.Int[0, 3]).Sample((x, notation) =>
        {
            string text = notation switch
            {
                0 => x.ToString("R", CultureInfo.InvariantCulture),
                1 => x.ToString("E16", CultureInfo.InvariantCulture),
                2 => Math.Abs(x) is > 1e-5 and < 1e6 ? ((decimal)x).ToString(CultureInfo.InvariantCulture) : x.ToString("E17", CultureInfo.InvariantCulture),
                _ => Math.Round(x % 1000, 3).ToString("0.0000", CultureInfo.InvariantCulture),
            };
            double value = double.Parse(text, CultureInfo.InvariantCulture);
            return value == 0 || Encoding.UTF8.GetString(CanonicalJson.OfText(Encoding.UTF8.GetBytes(text))) == CanonicalNumber.Format(value);
        }, iter: 100_000);

    // RFC 8785, section 3.2.2.
    [Fact]
    public void The_sample_document_of_the_RFC_has_its_published_bytes() =>
        Canonical("""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """).ShouldBe("""{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""");

    // RFC 8785, section 3.2.3.
    [Fact]
    public void Keys_are_sorted_by_UTF16_code_units() =>
        JsonDocument.Parse(CanonicalJson.Bytes(Parse("""
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """))).RootElement.EnumerateObject().Select(p => p.Value.GetString()).ShouldBe(
            [
                "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
                "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
            ]);

    [Theory]
    [InlineData("[]", "c67d4e008bdb8d4e807ce57475063880f63e4a6b4f9776440406b5a0927d0cb8")]
    public void Digests_are_pinned(string json, string expected) =>
        CanonicalJson.Digest("ledger/test/1", Parse(json)).ToString().ShouldBe(expected);

    [Fact]
    public void The_scheme_is_inside_the_hashed_bytes() =>
        CanonicalJson.Digest("ledger/test/1", Parse("""{"b":1,"a":"x"}""")).ShouldBe(
            ContentHash.Of("""{"scheme":"ledger/test/1","value":{"a":"x","b":1}}"""u8));

    [Theory]
    [InlineData("""{"a":{"b":1,"b":2}}""", "$.a.b", "the same key twice")]
    [InlineData("""{"a":["\ud800"]}""", "$.a[0]", "")]
    [InlineData("""{"\udc00x":1}""", "$", "")]
    [InlineData("""{"a":"x\u0000"}""", "$.a", "text with U+0000")]
    [InlineData("[1,9007199254740993]", "$[1]", "9007199254740993")]
    [InlineData("-18446744073709551615", "$", "-18446744073709551615")]
    [InlineData("""{"loss":-0.0}""", "$.loss", "-0.0")]
    [InlineData("-1e-999", "$", "-1e-999")]
    [InlineData("1e-999", "$", "1e-999")]
    [InlineData("1e999", "$", "1e999")]
    public void What_jsonb_would_change_or_refuse_is_refused_at_its_path(string json, string path, string found)
    {
        NotCanonical refusal = Should.Throw<NotCanonical>(() => CanonicalJson.Bytes(Parse(json)));
        refusal.Path.ShouldBe(path);
        refusal.Found.ShouldStartWith(found);
        refusal.ExitCode.ShouldBe(2);
    }

    [Fact]
    public void Values_of_NET_that_JSON_cannot_hold_are_refused_at_their_path()
    {
        Path(new Losses([1], new() { ["x"] = double.NaN })).ShouldStartWith("$.ByEpoch");
        Path(new Losses([float.PositiveInfinity], [])).ShouldStartWith("$.Values");
        Path(new { Name = "a\ud800b" }).ShouldBe("$.Name");
        Path(new Dictionary<string, int> { ["\udc00"] = 1 }).ShouldStartWith("$");
        Path(new { Name = "\0" }).ShouldBe("$.Name");
        Path(new { Zero = -0.0 }).ShouldBe("$.zero");
        Path(new { Inner = Parse("""{"x":"\ud800"}""") }).ShouldStartWith("$");
        Path(new JsonObject { ["x"] = new JsonArray(double.NaN) }).ShouldBe("$.x[0]");
        Path(new JsonObject { ["x"] = "\ud800" }).ShouldBe("$.x");
        Path(new JsonObject { ["\ud800"] = 1 }).ShouldStartWith("$");
        Path(JsonNode.Parse("""{"a":{"b":1,"b":2}}""")).ShouldStartWith("$.a");
        Path(JsonNode.Parse("""["\ud800"]""")).ShouldBe("$[0]");

        static string Path<T>(T value) => Should.Throw<NotCanonical>(() => CanonicalJson.Bytes(value)).Path;
    }

    [Fact]
    public void A_double_that_jsonb_writes_out_in_digits_keeps_its_canonical_form() =>
        Canonical("[100000000000000000000,1000000000000000000000000000000]").ShouldBe(Canonical("[1e20,1e30]"));

    [Fact]
    public void Canonical_bytes_are_their_own_canonical_form() =>
        Json.Sample(value =>
        {
            byte[] once = CanonicalJson.Bytes(value);
            using var parsed = JsonDocument.Parse(once);
            return CanonicalJson.Bytes(parsed.RootElement).AsSpan().SequenceEqual(once);
        });

    [Fact]
    public void Key_order_and_whitespace_do_not_matter() =>
        Gen.Select(Json, Gen.Bool).Sample((value, indented) =>
        {
            string other = Reversed(value)?.ToJsonString(new() { WriteIndented = indented }) ?? "null";
            return Canonical(other) == Encoding.UTF8.GetString(CanonicalJson.Bytes(value));
        });

    [Fact]
    public void Nodes_elements_and_values_give_the_same_bytes()
    {
        var value = new { B = 1.5, A = new[] { "x", "é" }, Missing = (string?)null, Kind = JsonValueKind.True };
        byte[] expected = Encoding.UTF8.GetBytes("""{"a":["x","é"],"b":1.5,"kind":"true"}""");
        CanonicalJson.Bytes(value).ShouldBe(expected);
        CanonicalJson.Bytes(JsonSerializer.SerializeToElement(value, LedgerJson.Options)).ShouldBe(expected);
        CanonicalJson.Bytes(JsonSerializer.SerializeToNode(value, LedgerJson.Options)).ShouldBe(expected);
        CanonicalJson.Bytes((JsonNode?)null).ShouldBe("null"u8.ToArray());
    }

    private sealed record Losses(float[] Values, Dictionary<string, double> ByEpoch);

    private static readonly Gen<string> Text =
        Gen.OneOf(Gen.Char['\u0001', '\ud7ff'], Gen.Char['\ue000', '\uffff']).Array[0, 8].Select(c => new string(c));

    private static readonly Gen<JsonNode?> Leaf = Gen.OneOf(
        Gen.Const(() => (JsonNode?)null),
        Gen.Bool.Select(b => (JsonNode?)b),
        Text.Select(s => (JsonNode?)s),
        Gen.Long[-(1L << 53), 1L << 53].Select(i => (JsonNode?)i),
        Gen.Double.Where(d => double.IsFinite(d) && !(d == 0 && double.IsNegative(d))).Select(d => (JsonNode?)d));

    private static readonly Gen<JsonNode?> Json = Gen.Recursive<JsonNode?>((depth, inner) => depth == 4
        ? Leaf
        : Gen.Frequency(
            (3, Leaf),
            (1, inner.Array[0, 4].Select(items => (JsonNode?)new JsonArray(items))),
            (2, Gen.Dictionary(Text, inner)[0, 5].Select(members => (JsonNode?)new JsonObject(members)))));

    private static JsonNode? Reversed(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Reverse().Select(m => KeyValuePair.Create(m.Key, Reversed(m.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Reversed)]),
        _ => node?.DeepClone(),
    };

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Bytes(Parse(json)));

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
