using System.Text.Json;
using CsCheck;
using Ledger.Query.Compare;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Compare;

/// <summary>What of two or more sides is said to differ.</summary>
public sealed class ComparisonTests
{
    private static readonly Gen<IReadOnlyList<Fact>> Facts = Gen.Select(Gen.Enum<FactKind>(), Gen.Int[0, 9], Gen.Int[0, 2], Gen.Bool)
        .Select((kind, path, value, detail) => new Fact(kind, $"p{path}", $"{value}", value, Detail: detail)).List[0, 30]
        .Select(facts => (IReadOnlyList<Fact>)[.. facts.DistinctBy(fact => (fact.Kind, fact.Path))]);

    [Fact]
    public void Of_a_side_and_itself_nothing_differs() => Facts.Sample(facts =>
        Comparison.Of([Side("a", facts), Side("b", facts)], [], all: false).Facts.ShouldBeEmpty());

    [Fact]
    public void Everything_is_what_differs_and_what_is_the_same() => Gen.Select(Facts, Facts).Sample((a, b) =>
    {
        var all = Comparison.Of([Side("a", a), Side("b", b)], [], all: true);
        all.Facts.Count(fact => !Comparison.Differs(fact)).ShouldBe(all.Same.Values.Sum());
        all.Facts.Select(fact => (fact.Kind, fact.Path)).ShouldBe(a.Concat(b).Select(fact => (fact.Kind, fact.Path)).Distinct(), ignoreOrder: true);
    });

    [Fact]
    public void Sides_swapped_differ_in_the_same_and_by_the_opposite() => Gen.Select(Facts, Facts).Sample((a, b) =>
    {
        var there = Comparison.Of([Side("a", a), Side("b", b)], [], all: false).Facts.ToDictionary(fact => (fact.Kind, fact.Path));
        var back = Comparison.Of([Side("b", b), Side("a", a)], [], all: false).Facts;
        back.Count.ShouldBe(there.Count);
        foreach (var fact in back)
            fact.Difference.ShouldBe(-there[(fact.Kind, fact.Path)].Difference);
    });

    [Fact]
    public void What_a_side_lacks_differs_but_bytes_of_other_keys_owe_nothing()
    {
        var compared = Comparison.Of(
            [Side("a", [new Fact(FactKind.Metrics, "x", "1", 1), new Fact(FactKind.Outputs, "base.weights of key 1", "f")]), Side("b", [])], [], all: false);
        compared.Facts.Select(fact => fact.Path).ShouldBe(["x"]);
        compared.Facts[0].Difference.ShouldBeNull();
    }

    [Fact]
    public void Details_are_left_out_unless_everything_is_wanted()
    {
        (Side, IReadOnlyList<Fact>)[] sides = [Side("a", [new Fact(FactKind.Metrics, "x.layer", "1", 1, Detail: true)]), Side("b", [])];
        Comparison.Of(sides, [], all: false).Facts.ShouldBeEmpty();
        Comparison.Of(sides, [], all: true).Facts.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"a":{"b":1,"c":[1,2]},"d":null}""", "x.a.b=1 x.a.c=[1,2]")]
    [InlineData("""{"a":[{"b":1},{"b":2}]}""", "x.a[0].b=1 x.a[1].b=2")]
    [InlineData("""{"a":{"b.c":true},"a.b":{"c":false},"e":{}}""", "x.a[\"b.c\"]=true x[\"a.b\"].c=false x.e={}")]
    public void Settings_are_leaves_and_no_two_have_one_path(string json, string leaves) =>
        string.Join(' ', Leaves.Of("x", JsonElement.Parse(json)).Select(leaf => $"{leaf.Path}={leaf.Text}")).ShouldBe(leaves);

    private static (Side, IReadOnlyList<Fact>) Side(string name, IReadOnlyList<Fact> facts) => (new Side(name, name, 1, [name]), facts);
}
