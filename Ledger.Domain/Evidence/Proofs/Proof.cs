using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Domain.Evidence.Seals;

namespace Ledger.Domain.Evidence.Proofs;

/// <summary>
/// A claim about a ledger with the events it follows from, the way of each to the root of the ledger's tree, and the signed root: everything
/// that is needed to check it without the ledger, but for a key to trust. It is what its file says, and proves nothing until
/// <see cref="ProofCheck"/> finds no fault. The format is described in docs/proof-format.md.
/// </summary>
/// <param name="Format"><see cref="CurrentFormat"/>.</param>
/// <param name="Origin">Of the ledger, the first line of the seal.</param>
/// <param name="Seal">The whole signed note.</param>
/// <param name="Keys">Verifier keys of the seal's signatures, in their order. They say whom to ask, not whom to trust.</param>
/// <param name="Entries">In the order of their positions.</param>
public sealed record Proof(string Format, Claim Claim, string Origin, string Seal, IReadOnlyList<string> Keys, IReadOnlyList<ProvenEntry> Entries)
{
    public const string CurrentFormat = "ledger/proof/1";

    private static readonly JsonSerializerOptions Readable = new(LedgerJson.Exact)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a proof strictly: nothing may be missing, and nothing be there that would not be checked.</summary>
    /// <exception cref="BadInput">The text is no proof, or one of another format.</exception>
    public static Proof Parse(string json)
    {
        try
        {
            // Values of any kind are passed on and shown: what has no canonical form is refused here, once and for all of them.
            using var text = JsonDocument.Parse(CanonicalJson.OfText(NoteGrammar.Utf8.GetBytes(json)));
            if (text.RootElement.ValueKind != JsonValueKind.Object || !text.RootElement.TryGetProperty("format", out var format)
                || format.ValueKind != JsonValueKind.String || !format.ValueEquals(CurrentFormat))
                throw new BadInput(new Problem("JSON that is no proof of this format", $"an object with \"format\": \"{CurrentFormat}\""));
            return text.RootElement.Deserialize<Proof>(LedgerJson.Exact)!;
        }
        catch (NotCanonical value)
        {
            throw new BadInput(new Problem(value.Found, value.Expected, value.Path));
        }
        catch (EncoderFallbackException)
        {
            throw new BadInput(new Problem(NoteGrammar.NotALine, $"a proof of format {CurrentFormat}"));
        }
        catch (JsonException invalid)
        {
            throw new BadInput(new Problem(invalid.Message, $"a proof of format {CurrentFormat}", invalid.Path));
        }
        catch (NotSupportedException kindless)
        {
            throw new BadInput(new Problem(kindless.Message, "a claim of kind event, run, artifact or cell", "$.claim"));
        }
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Readable) + "\n";
}

/// <summary>An event and its way to the root.</summary>
/// <param name="Position">From 1; the leaf's index is one less.</param>
/// <param name="Envelope">Of the entry, in any notation.</param>
/// <param name="Path">Hashes beside the way from the leaf to the root (RFC 9162 §2.1.3), from the leaf up.</param>
public sealed record ProvenEntry(long Position, JsonElement Envelope, IReadOnlyList<ContentHash> Path);
