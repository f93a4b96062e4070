using Ledger.Domain;
using Ledger.Domain.Evidence.Proofs;
using Spectre.Console;

namespace Ledger.Query.Evidence;

/// <summary><c>verify-proof</c>: a file and keys, and nothing else. It opens no ledger.</summary>
internal static class VerifyProof
{
    public static Task<int> Run(Edge edge, string file, IReadOnlyList<string> keys, bool json) => Problems.Guard(
        async () =>
        {
            if (keys.Count == 0)
                throw NoKey();
            if (!File.Exists(file))
                throw new BadInput(new Problem($"no file {file}", "a proof, as 'ledger prove' writes it", "file"));
            var proof = Parse(file, await File.ReadAllTextAsync(file));
            var report = ProofCheck.Of(proof, TrustedKeys.Read(keys));
            if (json)
                edge.WriteJson(VerifiedProof.Of(proof, report));
            else
                Show(edge.Console, proof, report);
            return report.Holds ? 0 : 4;
        },
        edge.Error);

    private static Proof Parse(string file, string text)
    {
        try
        {
            return Proof.Parse(text);
        }
        catch (BadInput bad)
        {
            throw new BadInput([.. bad.Problems.Select(problem => problem with { File = file })]);
        }
    }

    private static BadInput NoKey() => new(new Problem(
        "no key", "the verifier key of the ledger's owner, had by another way than this file", "--key",
        Hint: "the keys in the file are the ledger's own word: whoever forges a ledger signs it too"));

    private static void Show(IAnsiConsole console, Proof proof, ProofReport report)
    {
        console.WriteLine($"{(report.Holds ? "holds" : "BROKEN")}: {ProofWords.Of(proof.Claim)}");
        if (report.Head is { } head)
            console.WriteLine($"  {proof.Entries.Count} of {head.Size} events of {head.Origin}, root {head.Root.Short}…, {(report.SignedBy is { } key ? $"signed by {key.Name}+{key.Id}" : "signed by no key that was given")}");
        foreach (var fault in report.Faults)
            console.WriteLine($"  {fault}");
        foreach (string remark in report.Remarks)
            console.WriteLine($"  {remark}");
    }
}

/// <summary>What <c>verify-proof --json</c> shows.</summary>
internal sealed record VerifiedProof(bool Holds, string Claim, string? Origin, long? Size, string? SignedBy, IReadOnlyList<Problem> Faults, IReadOnlyList<string> Remarks)
{
    public static VerifiedProof Of(Proof proof, ProofReport report) =>
        new(report.Holds, ProofWords.Of(proof.Claim), report.Head?.Origin, report.Head?.Size, report.SignedBy?.ToString(), report.Faults, report.Remarks);
}
