using Ledger.Domain;
using Ledger.Domain.Evidence.Seals;

namespace Ledger.Query.Evidence;

/// <summary>Verifier keys that a person got by another way than from the ledger.</summary>
internal static class TrustedKeys
{
    /// <param name="given">Keys as text, or paths of files with one a line; what follows a key in its line is a remark.</param>
    /// <exception cref="BadInput">Not a key.</exception>
    public static IReadOnlyList<VerifierKey> Read(IEnumerable<string> given)
    {
        var (keys, problems) = (new List<VerifierKey>(), new List<Problem>());
        foreach (var (text, file) in given.SelectMany(Lines))
        {
            if (VerifierKey.TryParse(text, out var key, out var problem))
                keys.Add(key);
            else
                problems.Add(problem with { File = file, Path = file is null ? "--key" : problem.Path });
        }

        return problems.Count == 0 ? keys : throw new BadInput(problems);
    }

    private static IEnumerable<(string Text, string? File)> Lines(string given) => File.Exists(given)
        ? File.ReadLines(given).Where(line => line.Trim().Length > 0).Select(line => (line.Trim().Split(' ')[0], (string?)given))
        : [(given, null)];
}
