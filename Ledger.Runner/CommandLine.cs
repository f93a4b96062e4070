using System.CommandLine;
using Ledger.Query;
using Ledger.Runner.Terminal;

namespace Ledger.Runner;

/// <summary>The verbs of <c>ledger</c>: those that do something, here, and the reading ones of <c>ledger-query</c>.</summary>
internal static class CommandLine
{
    public static RootCommand Build(string[] args)
    {
        var postgres = new Option<string?>("--postgres")
        {
            Description = "Connection string of a shared ledger; LEDGER_POSTGRES if left out, else the private cluster under .ledger/.",
            Recursive = true,
        };
        var root = new RootCommand("An event-sourced, reproducible ledger of compression and robustness experiments.") { postgres };
        var composition = new Composition(() => root.Parse(args).GetValue(postgres));
        foreach (var verb in (IEnumerable<Command>)
            [
                RunVerbs.Run(composition), RunVerbs.Plan(composition), ResumeVerb.Resume(composition), ReplayVerbs.Replay(composition), ReplayVerbs.Bisect(composition),
                CheckVerbs.Check(composition), .. ReviewVerbs.All(composition), GcVerb.Gc(composition), .. SealVerbs.All(composition), ImportVerb.Import(composition), AttestVerb.Attest(composition),
                .. LedgerVerbs.All(composition), DataVerbs.Data(composition), BenchVerbs.Bench(composition),
                .. HiddenVerbs.All(),
            ])
        {
            root.Add(verb);
        }

        QueryCommands.AddTo(root, composition.OpenForQuery, (found, stop) => RecordVerified.Record(composition.Home, found, stop));
        return root;
    }
}
