using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Store;
using Npgsql;

namespace Ledger.Runner.Bench.Jepsen;

/// <summary>
/// Verifies again and again, the whole ledger and since a seal that was handed out earlier. A verification may lose its connection and is then
/// begun anew; it may never take what is under way for broken evidence.
/// </summary>
internal sealed class VerifyingClient(LedgerHome home, VerifyOnce verify, Random random, Told told)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public async Task Verify(CancellationToken over, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(home.External!);
        while (!over.IsCancellationRequested)
        {
            var kept = told.SealFiles(home.ArtifactFolder);
            var since = kept.Count > 0 && random.Next(2) == 0 ? kept[random.Next(kept.Count)] : null;
            try
            {
                var findings = await verify(source, home.ArtifactFolder, since, stop);
                foreach (var broken in Broken(findings, since))
                    told.Violation(broken);
                told.Verified(findings.Count);
            }
            catch (Exception e) when (Faults.IsLoss(e))
            {
                told.Interrupted();
            }

            await Task.Delay(Pause, stop);
        }
    }

    public static IEnumerable<string> Broken(IEnumerable<Finding> findings, string? since) =>
        findings.Where(finding => finding.Severity == Severity.Broken).Select(finding => $"verification{(since is null ? "" : $" since {Path.GetFileName(since)}")}: {finding}");
}
