using System.Text.Json;
using Ledger.Tests.Query;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Compare;

/// <summary><c>ledger compare</c> on a ledger whose every number is known.</summary>
public sealed class CompareTests(SampleLedger ledger) : IClassFixture<SampleLedger>
{
    [Theory]
    [InlineData("compare 01JEA 01JEC", "compare-runs")]
    [InlineData("compare 01JEA 01JEB 01JEC 01JED", "compare-many")]
    [InlineData("compare sample --as-of 40", "compare-then-and-now")]
    [InlineData("compare 01JEF", "compare-replay")]
    [InlineData("compare 01JEA 01JEC --json", "compare-json")]
    public async Task It_shows_what_differs(string line, string snapshot)
    {
        var said = await Said.By(ledger.Place, line.Split(' '));
        said.Error.ShouldBeEmpty();
        said.ExitCode.ShouldBe(0);
        await Snapshots.Hold(snapshot, said.Output);
    }

    [Theory]
    [InlineData("compare 01JEA 01JEA")]
    [InlineData("compare sample sample")]
    [InlineData("compare sample --as-of 82 --as-of 82")]
    public async Task With_itself_nothing_does(string line) =>
        JsonElement.Parse((await Said.By(ledger.Place, [.. line.Split(' '), "--json"])).Output).GetProperty("facts").GetArrayLength().ShouldBe(0);

    [Fact]
    public async Task Everything_is_shown_when_asked_for()
    {
        var facts = JsonElement.Parse((await Said.By(ledger.Place, ["compare", "01JEA", "01JEA", "--all", "--json"])).Output).GetProperty("facts").EnumerateArray();
        facts.Select(fact => fact.GetProperty("path").GetString()).ShouldContain("network.clean_accuracy_full");
    }

    [Theory]
    [InlineData("compare 01JEA", "which is no replay, expected a second run")]
    [InlineData("compare sample", "expected a second experiment, or --as-of (ledger compare sample --as-of 120)")]
    [InlineData("compare sample 01JEA", "found runs and experiments together, expected either")]
    [InlineData("compare 01JEA nope", "found no run or experiment 'nope'")]
    [InlineData("compare sample --as-of never", "--as-of[0]: found 'never', expected a position")]
    [InlineData("compare 01JEA 01JEB --as-of 1 --as-of 2", "expected one for all sides")]
    [InlineData("compare 01JEA 01JEB --bootstrap -1", "--bootstrap: found '-1'")]
    [InlineData("compare", "Required argument missing")]
    public async Task Bad_usage_exits_with_2_and_says_what_was_expected(string line, string part)
    {
        var said = await Said.By(ledger.Place, line.Split(' '));
        said.ExitCode.ShouldBe(2);
        said.Error.ShouldContain(part);
    }
}
