using System.CommandLine;
using Ledger.Query;
using Ledger.Runner.Machine;
using Ledger.Runner.Postgres;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary><c>up</c>, <c>down</c>, <c>migrate</c> and <c>doctor</c>: the ground a ledger stands on.</summary>
internal static class LedgerVerbs
{
    public static IEnumerable<Command> All(Composition composition) => [Up(composition), Down(composition), Migrate(composition), Doctor(composition)];

    private static Command Up(Composition composition) => Verb("up", "Start the private Postgres of this folder's ledger.", composition, async (home, stop) =>
    {
        await using var opened = await home.Open(stop);
        return opened.Embedded is null ? "the ledger is on a Postgres of yours, which answers" : $"Postgres is up; its data is in {home.Folder.DataDirectory}";
    });

    private static Command Down(Composition composition) => Verb("down", "Stop the private Postgres of this folder's ledger.", composition, async (_, stop) =>
    {
        var folder = LedgerFolder.Find(Directory.GetCurrentDirectory());
        return folder is not null && await EmbeddedPostgres.Stop(folder, stop) ? "Postgres is down" : "Postgres was not running";
    });

    private static Command Migrate(Composition composition)
    {
        var roles = new Option<bool>("--roles") { Description = "Also make the roles writer, projector, reader and auditor." };
        var verb = new Command("migrate", "Bring the ledger's schema to this tool's version.") { roles };
        verb.SetAction((parsed, stop) => Say(composition, async () =>
        {
            var state = await composition.Home.Migrate(parsed.GetValue(roles), stop);
            return $"schema version {state.Version}, ledger {state.Origin}";
        }));
        return verb;
    }

    private static Command Doctor(Composition composition)
    {
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var verb = new Command("doctor", "Show what this machine has and lacks.") { json };
        verb.SetAction((parsed, stop) => composition.Send(
            new Doctor(composition.Home.Folder),
            findings =>
            {
                DoctorView.Show(composition.Edge, findings, parsed.GetValue(json));
                return Task.FromResult(findings.Any(finding => finding.Health == Health.Missing) ? 1 : 0);
            },
            stop));
        return verb;
    }

    private static Command Verb(string name, string about, Composition composition, Func<LedgerHome, CancellationToken, Task<string>> act)
    {
        var verb = new Command(name, about);
        verb.SetAction((_, stop) => Say(composition, () => act(composition.Home, stop)));
        return verb;
    }

    private static Task<int> Say(Composition composition, Func<Task<string>> act) => Problems.Guard(
        async () =>
        {
            composition.Edge.Console.WriteLine(await act());
            return 0;
        },
        Console.Error);
}
