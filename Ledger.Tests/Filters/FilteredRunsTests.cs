using System.Text.Json;
using Ledger.Tests.Query;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Filters;

/// <summary><c>ledger runs --where</c> on a ledger whose every number is known: A and B are plain, C and D quantized, E failed, F replays A.</summary>
public sealed class FilteredRunsTests(SampleLedger ledger) : IClassFixture<SampleLedger>
{
    [Theory]
    [InlineData("seed = 1", "ACF")]
    [InlineData("seed != 1 and state = \"completed\"", "BD")]
    [InlineData("state = 'failed' or point.compress = 'int8'", "CDE")]
    [InlineData("not point.compress like 'n%'", "CD")]
    [InlineData("metrics.robust_accuracy >= 0.31", "AC")]
    [InlineData("metrics.accuracy >= 0.848", "AC")]
    [InlineData("metrics.parameters = 1", "F")]
    [InlineData("metrics.nothing is null and seed = 3", "E")]
    [InlineData("replay_of is not null", "F")]
    [InlineData("number in (2, 3, 99)", "BC")]
    [InlineData("experiment = 'sample' and flags > 0", "CDE")]
    [InlineData("retracted = true", "")]
    [InlineData("started_at > \"2000-01-01\" and ended_at is null", "")]
    [InlineData("model = 'x'' or ''1''=''1'", "")]
    [InlineData("`point.x') or ('1` = \"'; drop table results.runs; --\"", "")]
    public async Task Only_those_are_listed_of_which_it_holds(string where, string letters)
    {
        var said = await Said.By(ledger.Place, "runs", "--where", where, "--json");
        said.Error.ShouldBeEmpty();
        string.Concat(JsonElement.Parse(said.Output).GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("run").GetString()![4])).ShouldBe(letters);
    }

    [Fact]
    public async Task A_page_goes_on_where_the_one_before_ended()
    {
        var seen = new List<string>();
        long after = 0;
        while (true)
        {
            var page = JsonElement.Parse((await Said.By(ledger.Place, "runs", "--after", $"{after}", "--limit", "4", "--json")).Output).GetProperty("runs").EnumerateArray().ToList();
            if (page.Count == 0)
                break;
            seen.AddRange(page.Select(run => run.GetProperty("run").GetString()!));
            after = page[^1].GetProperty("position_from").GetInt64();
        }

        seen.ShouldBe(SampleLedger.Runs.Take(6));
    }

    [Theory]
    [InlineData("sed = 1", "found 'sed', expected one of")]
    [InlineData("seed", "filter, column 5: found the end")]
    public async Task What_is_wrong_with_it_is_said(string where, string part)
    {
        var said = await Said.By(ledger.Place, "runs", "--where", where);
        said.ExitCode.ShouldBe(2);
        said.Error.ShouldContain(part);
    }
}
