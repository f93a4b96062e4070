using Ledger.Domain.Evidence.Audit;
using Ledger.Query;
using Ledger.Query.Evidence;
using Ledger.Runner.Bench.Jepsen;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

/// <summary>Server processes of Postgres ended while it is written, sealed and verified, a few times; <c>ledger bench jepsen</c> does it two hundred times.</summary>
public sealed class JepsenTests
{
    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_the_log_verifies()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kills server processes by their number");
        var output = new StringWriter();

        var held = await new JepsenBench(Verify).Run(kills: 10, seed: 3, output, TestContext.Current.CancellationToken);

        held.ShouldBeTrue($"{output}");
        $"{output}".ShouldContain("jepsen, 10 kills (1 of them SIGKILL)");
    }

    private static async Task<IReadOnlyList<Finding>> Verify(NpgsqlDataSource source, string artifactFolder, string? since, CancellationToken stop) =>
        (await new VerifyLedger.Handler(source, new LedgerPlace("", artifactFolder)).Handle(new VerifyLedger(since), stop)).Findings;
}
