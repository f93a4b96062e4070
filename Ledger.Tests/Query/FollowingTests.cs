using System.Diagnostics;
using Ledger.Domain.Runs;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

/// <summary>The program an auditor has: <c>ledger-query</c>, a process of its own, given only a connection string.</summary>
public sealed class FollowingTests(SampleLedger ledger) : IClassFixture<SampleLedger>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_followed_log_shows_what_comes_until_it_is_interrupted()
    {
        using var query = Start("log", "--follow", "--from", "81");
        (await query.StandardOutput.ReadLineAsync(Stop))!.ShouldStartWith("    81  ");
        (await query.StandardOutput.ReadLineAsync(Stop))!.ShouldStartWith("    82  ");

        await ledger.Append($"review/{SampleLedger.Runs[0]}", new Annotated("seen while following"));

        var line = await query.StandardOutput.ReadLineAsync(Stop);
        line.ShouldNotBeNull();
        line.ShouldStartWith("    83  ");
        line.ShouldContain("seen while following");
        await Interrupt(query);
        (query.ExitCode, await query.StandardError.ReadToEndAsync(Stop)).ShouldBe((0, ""));
    }

    [Fact]
    public async Task Without_an_address_it_says_what_it_needs()
    {
        using var query = Start(start => start.Environment.Remove("LEDGER_POSTGRES"), "status");
        await query.WaitForExitAsync(Stop);

        query.ExitCode.ShouldBe(2);
        (await query.StandardError.ReadToEndAsync(Stop)).ShouldContain("set LEDGER_POSTGRES");
    }

    private Process Start(params string[] arguments) => Start(_ => { }, arguments);

    // A test runner in the background ignores SIGINT, and its children would inherit that.
    private Process Start(Action<ProcessStartInfo> change, params string[] arguments)
    {
        var start = new ProcessStartInfo("env", ["--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "ledger-query"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LEDGER_POSTGRES"] = ledger.Place.ConnectionString;
        change(start);
        return Process.Start(start)!;
    }

    private static async Task Interrupt(Process process)
    {
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        await kill.WaitForExitAsync(Stop);
        await process.WaitForExitAsync(Stop);
    }
}
