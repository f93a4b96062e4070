using System.CommandLine;
using Ledger.Runner.Bundles;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger import</c>.</summary>
internal static class ImportVerb
{
    public static Command Import(Composition services)
    {
        var file = new Argument<string>("bundle") { Description = "A file that 'ledger export' wrote" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check it, and write nothing" };
        var json = new Option<bool>("--json") { Description = "As JSON on standard output" };
        var verb = new Command("import", "Bring in the events, artifacts and seals of a bundle; it is checked whole first, and what is here already is recognised") { file, dryRun, json };
        verb.SetAction((parsed, stop) => services.Send(
            new ImportBundle(parsed.GetValue(file)!, parsed.GetValue(dryRun)), imported => Show(services, imported, parsed.GetValue(json)), stop));
        return verb;
    }

    private static void Show(Composition services, BundleImported imported, bool json)
    {
        if (json)
        {
            services.Edge.WriteJson(imported);
            return;
        }

        var console = services.Edge.Console;
        console.WriteLine(imported.DryRun
            ? $"the bundle of ledger {imported.Origin} is sound; nothing was written"
            : $"{imported.Events} events of ledger {imported.Origin} are new here, {imported.Known} were known, {imported.Artifacts} artifacts are new");
        console.WriteLine("its seals are signed by keys that it introduces itself; compare them with what you were told:");
        foreach (string key in imported.Keys)
            console.WriteLine($"  {key}");
    }
}
