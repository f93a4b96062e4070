using Ledger.Runner.Bench.DeterminismMatrix;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Replays;

/// <summary>The determinism bench at its small size: real executors, other processes, a real Postgres, real files.</summary>
public sealed class DeterminismMatrixTests(PostgresFixture postgres) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("ledger-matrix-").FullName;

    [Fact]
    public async Task Everything_comes_out_the_same_however_it_is_carried_out_and_in_another_class_nothing_claims_to()
    {
        var bench = new DeterminismBench(folder, _ => postgres.CreateDatabase("matrix"), TinyExperiment.Fold, "small", kills: 4);

        var findings = await bench.Run(MatrixCases.Few, finding => TestContext.Current.TestOutputHelper?.WriteLine($"{finding}"), TestContext.Current.CancellationToken);

        findings.Count.ShouldBe(MatrixCases.Few.Count);
        findings.Where(finding => !finding.Holds).Select(finding => $"{finding}").ShouldBeEmpty();
        findings.ShouldAllBe(finding => finding.Steps > 80);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
