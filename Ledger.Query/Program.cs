using System.CommandLine;
using Ledger.Domain;
using Ledger.Query;

var postgres = new Option<string?>("--postgres") { Description = "Connection string of the ledger's database; LEDGER_POSTGRES if left out.", Recursive = true };
var artifacts = new Option<string?>("--artifacts") { Description = "Folder of the artifact store; LEDGER_ARTIFACTS if left out.", Recursive = true };
var root = new RootCommand("Reads a ledger of experiments: results, runs, events. Changes nothing.") { postgres, artifacts };

QueryCommands.AddTo(root, _ => Task.FromResult(OpenedLedger.At(Place())));
return await Usage.Run(root, args, Console.Error);

LedgerPlace Place()
{
    var parsed = root.Parse(args);
    string connection = parsed.GetValue(postgres) ?? Environment.GetEnvironmentVariable("LEDGER_POSTGRES")
        ?? throw new BadInput(new Problem("no address of a database", "a connection string such as 'Host=localhost;Username=ledger;Database=ledger'", "--postgres", Hint: "or set LEDGER_POSTGRES"));
    return new LedgerPlace(connection, parsed.GetValue(artifacts) ?? Environment.GetEnvironmentVariable("LEDGER_ARTIFACTS") ?? "artifacts");
}
