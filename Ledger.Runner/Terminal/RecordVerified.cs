using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Origin;
using Ledger.Query.Evidence;

namespace Ledger.Runner.Terminal;

/// <summary>Puts into the ledger's own stream that it was verified, whatever came of it.</summary>
internal static class RecordVerified
{
    public static async Task Record(LedgerHome home, Verification found, CancellationToken stop)
    {
        await using var opened = await home.Open(stop);
        var verified = new Verified(found.Position, found.Findings.Count(finding => finding.Severity != Severity.Note), found.Whole);
        await opened.Store.AppendShared($"ledger/{found.Origin}", $"verify {Ulid.NewUlid()}", [verified], LedgerHome.ActorOf(found.Origin, "verify"), stop);
        await opened.Store.Advance(stop);
    }
}
