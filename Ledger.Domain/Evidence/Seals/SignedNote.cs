using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ledger.Domain.Evidence.Seals;

/// <summary>
/// Text with signatures under it (c2sp.org/signed-note), whatever the text means: the text, ending in a newline, an empty
/// line, and one line for each signature.
/// </summary>
internal sealed class SignedNote
{
    /// <summary>Bytes of UTF-8 above which a note is refused unread.</summary>
    public const int LargestBytes = 64 * 1024;

    public const int MostSignatures = 100;

    private readonly byte[] _signed;

    private SignedNote(string body, IReadOnlyList<NoteSignature> signatures)
    {
        _signed = NoteGrammar.Utf8.GetBytes(body);
        Body = body;
        Signatures = signatures;
        Text = $"{body}\n{string.Concat(signatures.Select(signature => $"{signature}\n"))}";
    }

    /// <summary>What is signed: everything before the last empty line.</summary>
    public string Body { get; }

    /// <summary>In the order of the note.</summary>
    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>The whole note.</summary>
    public string Text { get; }

    /// <summary>Signs text that ends in a newline, has no other control characters and is Unicode.</summary>
    public static SignedNote Sign(string body, IEnumerable<SigningKey> keys)
    {
        byte[] bytes = NoteGrammar.Utf8.GetBytes(body);
        return new(body, [.. keys.Select(key => new NoteSignature(key.Verifier.Name, key.Verifier.Id, key.Sign(bytes)))]);
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out SignedNote? note, [NotNullWhen(false)] out Problem? problem)
    {
        note = null;
        problem = TooLarge(text) ?? NoText(text);
        if (problem is not null)
            return false;
        int blank = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (blank < 0 || blank + 2 == text.Length || text[^1] != '\n')
            problem = new Problem("no signatures", "an empty line and then lines of signatures, each ending in a newline");
        else if (ReadAll(text[(blank + 2)..^1].Split('\n'), 2 + text[..(blank + 1)].Count(c => c == '\n'), out problem) is { } signatures)
            note = new SignedNote(text[..(blank + 1)], signatures);
        return note is not null;
    }

    private static Problem? TooLarge(string text) =>
        text.Length > LargestBytes || Encoding.UTF8.GetByteCount(text) > LargestBytes
            ? new Problem($"more than {LargestBytes} bytes", "a signed note")
            : null;

    private static Problem? NoText(string text) =>
        text.Split('\n').Index().Where(line => !NoteGrammar.IsLine(line.Item)).Select(line => line.Index + 1).FirstOrDefault() is var line and > 0
            ? new Problem(NoteGrammar.NotALine, "text", Line: line)
            : null;

    private static List<NoteSignature>? ReadAll(string[] lines, int firstLine, out Problem? problem)
    {
        problem = lines.Length > MostSignatures ? new Problem($"{lines.Length} signatures", $"at most {MostSignatures}") : null;
        var signatures = new List<NoteSignature>();
        while (problem is null && signatures.Count < lines.Length)
        {
            string line = lines[signatures.Count];
            if (NoteSignature.Read(line) is { } signature)
                signatures.Add(signature);
            else
                problem = new Problem(NoteGrammar.Quote(line), NoteSignature.Form, Line: firstLine + signatures.Count);
        }
        return problem is null ? signatures : null;
    }

    /// <summary>
    /// What is wrong with this key's signatures, in a sentence; null where there is one and every one verifies. One that does
    /// not spoils the note, as the specification advises.
    /// </summary>
    public string? Fault(VerifierKey key)
    {
        var named = Signatures.Where(signature => signature.Names(key)).ToList();
        return named.Count == 0 ? $"there is no signature by {key.Name}+{key.Id}, but by {Signers()}"
            : named.All(signature => key.Verifies(_signed, signature.Bytes.Span)) ? null
            : $"the signature by {key.Name}+{key.Id} is not one of this text";
    }

    /// <summary>Whether the note names this key with a signature that does not verify.</summary>
    public bool IsSpoiledBy(VerifierKey key) => Signatures.Any(signature => signature.Names(key)) && Fault(key) is not null;

    private string Signers() => string.Join(", ", Signatures.Take(4).Select(signature => $"{signature.Name}+{signature.KeyId}"));
}
