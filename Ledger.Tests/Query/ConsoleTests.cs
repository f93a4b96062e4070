using System.Text.Json;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

/// <summary>What the verbs write on a terminal of 100 columns.</summary>
public sealed class ConsoleTests(SampleLedger ledger) : IClassFixture<SampleLedger>
{
    [Theory]
    [InlineData("results", "results")]
    [InlineData("results sample --wide", "results-wide")]
    [InlineData("results --format md", "results-md")]
    [InlineData("results --format csv", "results-csv")]
    [InlineData("results --format latex", "results-latex")]
    [InlineData("report sample", "report")]
    [InlineData("runs", "runs")]
    [InlineData("replays", "replays")]
    [InlineData("show 01jec", "show")]
    [InlineData("log 01JEE", "log-run")]
    [InlineData("log sample --from 78", "log-experiment")]
    [InlineData("explain 01JEE base", "explain")]
    [InlineData("explain 01JEC base", "explain-reused")]
    [InlineData("status", "status")]
    [InlineData("results --json", "results-json")]
    [InlineData("runs --state failed --json", "runs-json")]
    [InlineData("show 01JEE --json", "show-json")]
    [InlineData("status --json", "status-json")]
    public async Task Verbs_write(string line, string snapshot)
    {
        var said = await Said.By(ledger.Place, line.Split(' '));
        said.Error.ShouldBeEmpty();
        said.ExitCode.ShouldBe(0);
        await Snapshots.Hold(snapshot, said.Output);
    }

    [Theory]
    [InlineData("results")]
    [InlineData("runs")]
    [InlineData("replays")]
    [InlineData("show 01JEC")]
    [InlineData("status")]
    public async Task Tables_fit_into_100_columns(string line) =>
        (await Said.By(ledger.Place, line.Split(' '))).Output.Split('\n').ShouldAllBe(row => row.Length <= 100);

    [Theory]
    [InlineData("show 01J", "found '01J', which 6 runs begin with")]
    [InlineData("show zzz", "found no run 'zzz', expected one of 01JEF0000000000000000000F0")]
    [InlineData("results nope", "found no experiment 'nope', expected one of sample")]
    [InlineData("explain 01JEA nope", "expected one of base, clean, fgsm, pgd")]
    [InlineData("results --as-of never", "--as-of: found 'never', expected a position")]
    [InlineData("results --as-of 9999", "--as-of: found position 9999, expected 0 to 82")]
    [InlineData("runs --state gone", "--state: found 'gone', expected one of planned")]
    [InlineData("log --from -1", "--from: found '-1'")]
    [InlineData("results --format parquet", "--out: found no file, expected a file with --format parquet")]
    [InlineData("results --format xml", "Argument 'xml' not recognized")]
    [InlineData("frobnicate", "Unrecognized command or argument 'frobnicate'")]
    public async Task Bad_usage_exits_with_2_and_says_what_was_expected(string line, string part)
    {
        var said = await Said.By(ledger.Place, line.Split(' '));
        said.ExitCode.ShouldBe(2);
        said.Error.ShouldContain(part);
        said.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Results_as_of_a_position_know_nothing_of_later_runs()
    {
        using var then = JsonDocument.Parse((await Said.By(ledger.Place, "results", "--as-of", "31", "--json")).Output);
        then.RootElement.GetProperty("position").GetInt64().ShouldBe(31);
        then.RootElement.GetProperty("rows").GetArrayLength().ShouldBe(1);
        (await Said.By(ledger.Place, "results", "--as-of", "4")).Output.ShouldContain("no results yet at position 4");
    }

    [Fact]
    public async Task Every_line_of_a_log_in_json_is_an_event()
    {
        var lines = (await Said.By(ledger.Place, "log", "01JEA", "--json")).Output.Split('\n');
        lines.Length.ShouldBe(14);
        lines.Select(line => JsonElement.Parse(line).GetProperty("position").GetInt64()).ShouldBe(Enumerable.Range(5, 14).Select(n => (long)n));
    }
}
