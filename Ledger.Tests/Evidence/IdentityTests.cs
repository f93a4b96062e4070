using System.Text.Json;
using CsCheck;
using Ledger.Domain.Evidence;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

public class ContentHashTests
{
    // FIPS 180-4, the example "abc".
    private const string Abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void A_digest_is_SHA256_in_lowercase_hexadecimal()
    {
        ContentHash hash = ContentHash.Of("abc"u8);
        hash.ToString().ShouldBe(Abc);
        hash.Short.ShouldBe("ba7816bf8f01");
        hash.ShouldBe(ContentHash.Of(new MemoryStream("abc"u8.ToArray())));
        hash.ShouldBe(ContentHash.FromDigest(hash.ToBytes()));
    }

    [Fact]
    public void Text_and_JSON_come_back_and_digests_sort_as_their_text() =>
        Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[32]).Sample((x, y) =>
        {
            ContentHash a = ContentHash.FromDigest(x), b = ContentHash.FromDigest(y);
            string json = JsonSerializer.Serialize(new Dictionary<ContentHash, ContentHash> { [a] = b }, LedgerJson.Options);
            return ContentHash.Parse(a.ToString()) == a
                && Math.Sign(a.CompareTo(b)) == Math.Sign(string.CompareOrdinal(a.ToString(), b.ToString()))
                && JsonSerializer.Deserialize<Dictionary<ContentHash, ContentHash>>(json, LedgerJson.Options)![a] == b;
        });

    [Theory]
    [InlineData("")]
    [InlineData("ba7816bf")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(" a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Anything_else_is_no_digest(string text)
    {
        ContentHash.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => ContentHash.Parse(text)).Message.ShouldContain(text);
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ContentHash>($"\"{text}\"", LedgerJson.Options));
    }

    [Fact]
    public void A_number_is_no_digest() =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ContentHash>("12", LedgerJson.Options));
}

public class EventIdTests
{
    // RFC 9562, appendix A.4.
    [Fact]
    public void Version_5_gives_the_published_vector() =>
        EventId.Version5(new Guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com"u8)
            .ShouldBe(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"));

    [Fact]
    public void Ids_are_pinned_and_depend_on_all_three()
    {
        EventId.Of("run/01J", "cmd-1", 0).ShouldBe(new Guid("307b6b2a-168a-53e9-b46f-bfb4d66c0017"));
        EventId.Of("run/01J", "cmd-1", 1).ShouldBe(new Guid("af2e079b-6aeb-5b3b-aa5a-418903451d1c"));
        EventId.Of("run/01J\",\"cmd", "-1", 0).ShouldNotBe(EventId.Of("run/01J", "cmd\",\"-1", 0));
    }
}

public class SeedTreeTests
{
    // Computed by an independent implementation from the description.
    [Theory]
    [InlineData(1, "base", "weights", 15796077037554627511, 6572705000699851703)]
    [InlineData(1, "base", "batches", 15477972292038663696, 6254600255183887888)]
    [InlineData(1, "base/prune", "batches", 246866588581783707, 246866588581783707)]
    [InlineData(2, "base", "weights", 1571608754803259384, 1571608754803259384)]
    [InlineData(-7, "", "x", 8888400918537022387, 8888400918537022387)]
    public void Seeds_are_pinned(long root, string path, string purpose, ulong expected, long expected63)
    {
        Seed seed = new SeedTree(root).Of(path.Split('/', StringSplitOptions.RemoveEmptyEntries), purpose);
        seed.Value.ShouldBe(expected);
        seed.AsInt63.ShouldBe(expected63);
    }

    [Fact]
    public void A_seed_is_a_decimal_string_in_JSON()
    {
        string json = JsonSerializer.Serialize(new Seed(ulong.MaxValue), LedgerJson.Options);
        json.ShouldBe("\"18446744073709551615\"");
        JsonSerializer.Deserialize<Seed>(json, LedgerJson.Options).Value.ShouldBe(ulong.MaxValue);
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Seed>("7", LedgerJson.Options));
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Seed>("\"-7\"", LedgerJson.Options));
    }
}

public class StepKeyTests
{
    private static readonly StepKeyFields Fields = new(
        "attack", Json("""{"steps":20,"eps":"8/255"}"""), new Dictionary<string, string> { ["model"] = "m0" },
        new Dictionary<string, string> { ["attack"] = "7" }, "c0", "e0");

    [Fact]
    public void A_key_is_pinned() =>
        StepKey.Of(Fields).ToString().ShouldBe("fd15cbcc431b9f2f46f2383f5e00de48b8ca06806ce266df7369dbd689066087");

    [Fact]
    public void Notation_does_not_change_a_key()
    {
        StepKeyFields other = Fields with { Config = Json("""{ "eps": "8/255", "steps": 2e1 }""") };
        StepKey.Of(other).ShouldBe(StepKey.Of(Fields));
        Fields.Differences(other).ShouldBeEmpty();
    }

    [Fact]
    public void Every_field_that_differs_changes_the_key_and_is_named()
    {
        StepKeyFields other = Fields with
        {
            Config = Json("""{"steps":40,"eps":"8/255","targets":[1,2]}"""),
            Inputs = new Dictionary<string, string> { ["model"] = "m1" },
            Seeds = new Dictionary<string, string>(),
            CodeFingerprint = "c1",
        };
        StepKey.Of(other).ShouldNotBe(StepKey.Of(Fields));
        Fields.Differences(other).ShouldBe(
            [
                new("codeFingerprint", "\"c0\"", "\"c1\""),
                new("config.steps", "20", "40"),
                new("config.targets", null, "[1,2]"),
                new("inputs.model", "\"m0\"", "\"m1\""),
                new("seeds.attack", "\"7\"", null),
            ]);
    }

    [Fact]
    public void Lists_are_compared_item_by_item() =>
        Difference.Between(new { A = new[] { 1, 2 } }, new { A = new[] { 1, 3, 4 } })
            .ShouldBe([new("a[1]", "2", "3"), new("a[2]", null, "4")]);

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
