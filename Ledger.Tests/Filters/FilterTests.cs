using CsCheck;
using Ledger.Domain;
using Ledger.Query.Filters;
using Ledger.Query.Runs;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Filters;

/// <summary>The language in which rows are chosen.</summary>
public sealed class FilterTests
{
    private static readonly string[] Usual = ["seed", "model", "metrics.robust_accuracy", "point.compress"];

    private static readonly Gen<string> Names = Gen.OneOf(Gen.Int[0, 3].Select(at => Usual[at]), Gen.String[1, 8]);

    private static readonly Gen<FilterValue> Values = Gen.OneOf(
        Gen.String.Select(text => (FilterValue)new TextValue(text)), Gen.Double.Where(double.IsFinite).Select(number => (FilterValue)new NumberValue(number)), Gen.Bool.Select(truth => (FilterValue)new TruthValue(truth)));

    private static readonly Gen<Filter> Leaves = Gen.OneOf(
        Gen.Select(Names, Gen.Int[0, 5].Select(at => Compared.Operators[at]), Values).Select((name, sign, value) => (Filter)new Compared(name, sign, value)),
        Gen.Select(Names, Gen.String).Select((name, text) => (Filter)new Compared(name, "like", new TextValue(text))),
        Gen.Select(Names, Values.List[1, 3]).Select((name, values) => (Filter)new OneOf(name, values)),
        Gen.Select(Names, Gen.Bool).Select((name, negated) => (Filter)new Unknown(name, negated)));

    private static readonly Gen<Filter> Filters = Gen.Recursive<Filter>((depth, inner) => depth >= 4 ? Leaves : Gen.Frequency(
        (3, Leaves), (1, Gen.Select(inner, inner).Select((a, b) => (Filter)new Either(a, b))), (1, Gen.Select(inner, inner).Select((a, b) => (Filter)new Both(a, b))),
        (1, inner.Select(of => (Filter)new Not(of)))));

    [Fact]
    public void What_is_written_is_read_again() => Filters.Sample(filter => Filter.Parse(filter.ToString()).ShouldBe(filter));

    [Theory]
    [InlineData("a = 1 or b = 2 and not c = 3", "a = 1 or b = 2 and not c = 3")]
    [InlineData("(a = 1 or b = 2) and c = 3", "(a = 1 or b = 2) and c = 3")]
    [InlineData("((a=1)) AND ((b IN (1,'x',TRUE)))", "a = 1 and b in (1, \"x\", true)")]
    [InlineData("NOT(a is NULL) or `b-c` like 'x''y'", "not a is null or `b-c` like \"x'y\"")]
    public void It_has_one_canonical_text(string text, string canonical) => Filter.Parse(text).ToString().ShouldBe(canonical);

    [Theory]
    [InlineData("", "column 1: found the end, expected the name of a column")]
    [InlineData("seed", "column 5: found the end, expected = != <= >= < >, like, in or is")]
    [InlineData("seed == 1", "column 7: found '=', expected a value")]
    [InlineData("seed = 1 and", "column 13: found the end, expected the name of a column")]
    [InlineData("seed = 1 seed = 2", "column 10: found 'seed', expected and, or, or the end")]
    [InlineData("(seed = 1", "column 10: found the end, expected and, or, or )")]
    [InlineData("model = resnet", "column 9: found 'resnet', expected a value (text stands between quotes: \"resnet\")")]
    [InlineData("model = \"resnet", "column 16: found the end, expected a closing \", opened at column 9")]
    [InlineData("seed = 1..2", "column 8: found '1..2', expected a number")]
    [InlineData("seed = null", "column 8: found 'null', expected a value: a number, text between quotes, true or false (is null asks for what is unknown)")]
    [InlineData("seed = 1; drop table runs", "column 9: found ';', expected a name")]
    public void What_cannot_be_read_is_named_at_its_column(string text, string message) =>
        Should.Throw<BadInput>(() => Filter.Parse(text)).Message.ShouldContain(message);

    [Fact]
    public void It_has_bounds()
    {
        Should.Throw<BadInput>(() => Filter.Parse(new string('a', Filter.Longest + 1))).Message.ShouldContain("at most 4000");
        Should.Throw<BadInput>(() => Filter.Parse($"{new string('(', 51)}a = 1{new string(')', 51)}")).Message.ShouldContain("at most 50 within each other");
        Filter.Parse($"{new string('(', 50)}a = 1{new string(')', 50)}").ToString().ShouldBe("a = 1");
    }

    [Theory]
    [InlineData("sed = 1", "did you mean seed?")]
    [InlineData("seed = \"1\"", "found seed with \"1\", expected a number")]
    [InlineData("seed like \"1%\"", "expected a comparison: seed is a number")]
    [InlineData("retracted = 1", "expected true or false")]
    [InlineData("started_at > \"soon\"", "expected a time between quotes")]
    public void Names_and_types_are_those_of_the_table(string text, string message) =>
        Should.Throw<BadInput>(() => new FilterSql(RunColumns.Of, RunColumns.Names, 1).Of(Filter.Parse(text))).Message.ShouldContain(message);

    /// <summary>Whatever a person writes, the statement is made of the same pieces: what differs is in its parameters.</summary>
    [Fact]
    public void No_text_of_a_person_is_ever_part_of_the_statement() => Gen.Select(Gen.String, Gen.String).Where((a, b) => !(a + b).Contains('\0', StringComparison.Ordinal)).Sample((axis, label) =>
    {
        var columns = new FilterSql(RunColumns.Of, RunColumns.Names, 1);
        columns.Of(new Compared($"point.{axis}", "=", new TextValue(label))).ShouldBe("exists (select from jsonb_each_text(r.point) v(axis, label) where v.axis = $2 and v.label = $1)");
        columns.Values.ShouldBe([label, axis]);
    });
}
