using System.CommandLine;
using System.Text;

namespace Ledger.Query.Evidence;

/// <summary><c>prove</c> and <c>verify-proof</c>.</summary>
internal static class ProofCommands
{
    public static Command Prove(Edge edge)
    {
        var what = new Argument<string>("what") { Description = "A position, an event's id, the beginning of a run's id or an artifact's digest, or a cell: results/<table>/<key>/<column>." };
        var to = new Option<string?>("--out") { Description = "The file to write; standard output if left out." };
        var command = new Command("prove", "A small file that proves a number, an event, a run or an artifact to somebody without this ledger.") { what, to };
        command.SetAction((parsed, stop) => edge.Send(
            new Prove(parsed.GetValue(what)!),
            proof =>
            {
                if (parsed.GetValue(to) is not { } path)
                {
                    edge.Output.Write(proof.ToJson());
                    return;
                }

                File.WriteAllText(path, proof.ToJson(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
                edge.Error.WriteLine($"{path}: {ProofWords.Of(proof.Claim)}. To check it: ledger verify-proof {path} --key <the ledger's key>");
            },
            stop));
        return command;
    }

    public static Command VerifyProof(Edge edge)
    {
        var file = new Argument<string>("file") { Description = "A proof, as 'ledger prove' writes it." };
        var keys = new Option<string[]>("--key") { Description = "The ledger's verifier key, or a file with it; had from its owner, not with the proof. Can be given several times.", DefaultValueFactory = _ => [] };
        var json = new Option<bool>("--json") { Description = "JSON, with names as in the tables." };
        var command = new Command("verify-proof", "Check a proof. Needs no ledger and no database; exit code 4 when it does not hold.") { file, keys, json };
        command.SetAction((parsed, _) => Evidence.VerifyProof.Run(edge, parsed.GetValue(file)!, parsed.GetValue(keys) ?? [], parsed.GetValue(json)));
        return command;
    }
}
