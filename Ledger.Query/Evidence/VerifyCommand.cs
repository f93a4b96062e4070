using System.CommandLine;

namespace Ledger.Query.Evidence;

/// <summary>Records that a verification was done; the reading side itself writes nothing.</summary>
public delegate Task RecordVerification(Verification verification, CancellationToken stop);

/// <summary><c>verify</c>: exit code 4 when evidence is broken.</summary>
internal static class VerifyCommand
{
    public static Command Verb(Edge edge, RecordVerification? record)
    {
        var since = new Option<string?>("--since") { Description = "A seal that you kept: proves that what it covers has not changed, and reads only the events after it." };
        var keys = new Option<string[]>("--key") { Description = "A verifier key that you got by another way than from the ledger, or a file with it.", DefaultValueFactory = _ => [] };
        var sample = new Option<int?>("--sample") { Description = "About so many events and artifacts, chosen at random, instead of all." };
        var seed = new Option<int>("--seed") { Description = "Of that choice." };
        var json = new Option<bool>("--json") { Description = "JSON, with all findings." };
        var command = new Command("verify", "Recompute everything the ledger says from its rows and bytes: events, tree, seals, artifacts, derived figures, results tables.") { since, keys, sample, seed, json };
        command.SetAction(async (parsed, stop) =>
        {
            Verification? found = null;
            var query = new VerifyLedger(parsed.GetValue(since), parsed.GetValue(keys), parsed.GetValue(sample), parsed.GetValue(seed))
            {
                Progress = new VerifyProgress(edge.Error.WriteLine, TimeProvider.System),
            };
            int failed = await edge.Send(query, answer => { found = answer; return 0; }, stop);
            return found is null ? failed : await Problems.Guard(() => Tell(edge, found, record, parsed.GetValue(json), stop), edge.Error);
        });
        return command;
    }

    private static async Task<int> Tell(Edge edge, Verification found, RecordVerification? record, bool json, CancellationToken stop)
    {
        if (json)
            edge.WriteJson(found);
        else
            VerifyConsole.Show(edge.Console, found);
        if (record is not null)
            await record(found, stop);
        return found.IsSound ? 0 : 4;
    }
}
