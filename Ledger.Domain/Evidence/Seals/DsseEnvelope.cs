using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Domain.Evidence.Seals;

/// <summary>
/// Signed bytes of a named type: a DSSE envelope (secure-systems-lab/dsse, version 1.0). Reading one says nothing of who signed it: believe it
/// only after <see cref="Fault"/> with a key from elsewhere.
/// </summary>
/// <param name="Payload">Base64 of the bytes.</param>
/// <param name="PayloadType">A media type or URI; signed with the bytes.</param>
public sealed record DsseEnvelope(string Payload, string PayloadType, IReadOnlyList<DsseSignature> Signatures)
{
    /// <summary>Of in-toto statements.</summary>
    public const string InToto = "application/vnd.in-toto+json";

    private static readonly JsonSerializerOptions Readable = new(LedgerJson.Options) { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>PAE: <c>"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body</c>, lengths in bytes and in decimal.</summary>
    public static byte[] PreAuthentication(string payloadType, ReadOnlySpan<byte> body) =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(payloadType)} {payloadType} {body.Length} "), .. body];

    public static DsseEnvelope Sign(string payloadType, ReadOnlySpan<byte> body, SigningKey key) => new(
        Convert.ToBase64String(body), payloadType, [new DsseSignature(key.Verifier.Id, Convert.ToBase64String(key.Sign(PreAuthentication(payloadType, body))))]);

    /// <exception cref="BadInput">The text is no envelope.</exception>
    public static DsseEnvelope Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<DsseEnvelope>(NoteGrammar.Utf8.GetBytes(json), LedgerJson.Strict) is { Signatures.Count: > 0 } read
                ? read
                : throw new BadInput(new Problem("JSON without payload, payloadType or signatures", "a DSSE envelope"));
        }
        catch (EncoderFallbackException)
        {
            throw new BadInput(new Problem(NoteGrammar.NotALine, "a DSSE envelope"));
        }
        catch (JsonException invalid)
        {
            throw new BadInput(new Problem(invalid.Message, "a DSSE envelope", invalid.Path));
        }
    }

    /// <summary>The signed bytes.</summary>
    /// <exception cref="BadInput">The payload is no base64.</exception>
    public byte[] Body() => Bytes(Payload) ?? throw new BadInput(new Problem("other characters", "base64, standard or URL-safe", "payload"));

    /// <summary>Why no signature is this key's, in a sentence; null where one is. The hints of keys are not looked at.</summary>
    public string? Fault(VerifierKey key)
    {
        byte[] signed = PreAuthentication(PayloadType, Body());
        return Signatures.Any(signature => Bytes(signature.Sig) is { } bytes && key.Verifies(signed, bytes)) ? null : $"none of the {Signatures.Count} signatures is one by {key.Name}+{key.Id} of these bytes";
    }

    public string ToJson() => JsonSerializer.Serialize(this, Readable) + "\n";

    // Either alphabet must be accepted.
    private static byte[]? Bytes(string base64)
    {
        string standard = base64.Replace('-', '+').Replace('_', '/');
        byte[] bytes = new byte[standard.Length];
        return Convert.TryFromBase64String(standard, bytes, out int length) ? bytes[..length] : null;
    }
}

/// <param name="KeyId">A hint which key to try: <see cref="VerifierKey.Id"/>.</param>
/// <param name="Sig">Base64 of the signature.</param>
public sealed record DsseSignature([property: JsonPropertyName("keyid")] string? KeyId, string Sig);
