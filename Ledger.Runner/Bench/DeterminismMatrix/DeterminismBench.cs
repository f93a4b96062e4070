using Ledger.Domain.Runs;
using Ledger.Runner.Runs;

namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>
/// The promise of reproducibility, tried: everything that can be computed is computed once, and again in each way of <see cref="MatrixCases"/>.
/// Within one class of environment every computed bit is the same; in another nothing claims to be.
/// </summary>
/// <param name="folder">For artifacts and files; nobody else's.</param>
/// <param name="database">Makes an empty database and gives its connection string.</param>
/// <param name="scale"><c>small</c> or <c>full</c>.</param>
/// <param name="kills">How often runs are killed, about; null: after every event.</param>
public sealed class DeterminismBench(string folder, Func<CancellationToken, Task<string>> database, FoldTables fold, string scale, int? kills)
{
    /// <param name="cases">Of <see cref="MatrixCases"/>.</param>
    /// <param name="report">Hears of each case when it is done.</param>
    public async Task<IReadOnlyList<MatrixFinding>> Run(IReadOnlyList<MatrixCase> cases, Action<MatrixFinding> report, CancellationToken stop)
    {
        var first = await Another(stop);
        await first.Run(MatrixSpec.Yaml, scale, stop);
        var originals = await first.Load(await first.Runs(stop), stop);
        MustBeDone(originals);
        var carryOut = new CarryOutAgain(first, originals, Another, scale, kills);
        var findings = new List<MatrixFinding>();
        foreach (var next in cases)
        {
            var again = await carryOut.As(next.Variation, stop);
            findings.Add(await new MatrixJudge(next, originals, again, first.Artifacts).Judge());
            report(findings[^1]);
        }

        return findings;
    }

    private async Task<MatrixLedger> Another(CancellationToken stop)
    {
        var ledger = new MatrixLedger(await database(stop), folder, fold);
        await ledger.Migrate(stop);
        return ledger;
    }

    /// <summary>A step that fails is the same again when it fails again, which would prove nothing.</summary>
    private static void MustBeDone(IReadOnlyList<MatrixRun> runs)
    {
        var failed = runs.SelectMany(run => run.State.Steps.Values).Select(step => step.Failure).OfType<StepFailed>().ToList();
        if (failed.Count > 0)
            throw new InvalidOperationException($"the matrix's own experiment fails: {string.Join("; ", failed.Select(step => $"step {step.Step}: {step.Code}, {step.Message}"))}");
    }
}
