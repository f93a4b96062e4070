using System.Text;
using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence.Seals;
using Ledger.Runner.Postgres;

namespace Ledger.Runner.Seals;

/// <summary>
/// The private keys that this machine seals with: the one in LEDGER_SEAL_KEY, or files <c>.ledger/keys/&lt;origin&gt;/&lt;key&gt;.key</c> that nobody
/// else may read. Which of them the ledger knows is not their business.
/// </summary>
/// <param name="origin">ULID of the ledger.</param>
public sealed class SealKeyFiles(LedgerFolder folder, string origin)
{
    public const string Variable = "LEDGER_SEAL_KEY";

    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _keys = Path.Combine(folder.Location, "keys", origin);

    public string PathOf(VerifierKey key) => Path.Combine(_keys, $"{key.Id}.key");

    /// <summary>The keys at hand; none when there are none. To be disposed of by the caller.</summary>
    /// <exception cref="BadInput">A key that is none, is another ledger's, or that others may read.</exception>
    public IReadOnlyList<SigningKey> Read() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
        ? [Own(text.Trim(), Variable)]
        : Directory.Exists(_keys) ? [.. Directory.EnumerateFiles(_keys, "*.key").Order(StringComparer.Ordinal).Select(ReadFile)] : [];

    /// <summary>Keeps a new key, readable by its owner only.</summary>
    public void Write(SigningKey key)
    {
        Directory.CreateDirectory(_keys);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_keys, OwnersOnly | UnixFileMode.UserExecute);
        DurableFiles.Write(PathOf(key.Verifier), Encoding.UTF8.GetBytes(key.Secret() + "\n"), OwnersOnly);
    }

    /// <summary>Removes a key that will sign no more.</summary>
    public void Forget(VerifierKey key) => File.Delete(PathOf(key));

    private SigningKey ReadFile(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnersOnly) != UnixFileMode.None)
            throw new BadInput(new Problem(
                $"mode {Convert.ToString((int)File.GetUnixFileMode(path), 8)}", "a private key that only its owner may read", File: path, Hint: $"chmod 600 {path}"));
        return Own(File.ReadAllText(path).Trim(), path);
    }

    private SigningKey Own(string text, string place)
    {
        SigningKey key;
        try
        {
            key = SigningKey.Parse(text);
        }
        catch (BadInput bad)
        {
            throw new BadInput([.. bad.Problems.Select(problem => problem with { File = place })]);
        }

        return key.Verifier.Name == $"ledger/{origin}"
            ? key
            : throw new BadInput(new Problem($"a key of {key.Verifier.Name}", $"one of ledger/{origin}", File: place));
    }
}
