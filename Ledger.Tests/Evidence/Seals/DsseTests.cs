using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Ledger.Domain;
using Ledger.Domain.Evidence.Seals;
using Ledger.Tests.Evidence.Proofs;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Seals;

/// <summary>The protocol of secure-systems-lab/dsse, version 1.0, with its published vector.</summary>
public sealed class DsseTests : IDisposable
{
    private const string HelloWorld = "http://example.com/HelloWorld";

    private readonly SigningKey _key = SigningKey.Generate("ledger/test");

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(HelloWorld, "hello world", "DSSEv1 29 http://example.com/HelloWorld 11 hello world")]
    [InlineData("", "", "DSSEv1 0  0 ")]
    [InlineData(HelloWorld, "ಠ", "DSSEv1 29 http://example.com/HelloWorld 3 ಠ")]
    [InlineData("é", "", "DSSEv1 2 é 0 ")]
    public void Type_and_body_are_signed_with_their_lengths_in_bytes(string type, string body, string expected) =>
        Encoding.UTF8.GetString(DsseEnvelope.PreAuthentication(type, Encoding.UTF8.GetBytes(body))).ShouldBe(expected);

    [Fact]
    public void The_published_signature_is_one_of_what_we_would_sign()
    {
        var envelope = DsseEnvelope.Parse("""
            {"payload": "aGVsbG8gd29ybGQ=",
             "payloadType": "http://example.com/HelloWorld",
             "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}
            """);
        Encoding.UTF8.GetString(envelope.Body()).ShouldBe("hello world");
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint
            {
                X = Coordinate("46950820868899156662930047687818585632848591499744589407958293238635476079160"),
                Y = Coordinate("5640078356564379163099075877009565129882514886557779369047442380624545832820"),
            },
        });
        byte[] signed = DsseEnvelope.PreAuthentication(envelope.PayloadType, envelope.Body());
        key.VerifyData(signed, Convert.FromBase64String(envelope.Signatures[0].Sig), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation).ShouldBeTrue();
        envelope.Fault(_key.Verifier).ShouldNotBeNull();
    }

    [Fact]
    public void An_envelope_is_its_keys_and_of_no_other_bytes_or_type()
    {
        var envelope = DsseEnvelope.Sign(HelloWorld, "hello world"u8, _key);
        using var other = SigningKey.Generate("ledger/test");
        DsseEnvelope.Parse(envelope.ToJson()).Fault(_key.Verifier).ShouldBeNull();
        envelope.Signatures[0].KeyId.ShouldBe(_key.Verifier.Id);
        envelope.Fault(other.Verifier).ShouldNotBeNull();
        (envelope with { PayloadType = "http://example.com/Hello" }).Fault(_key.Verifier).ShouldNotBeNull();
        (envelope with { Payload = Convert.ToBase64String("hello worle"u8) }).Fault(_key.Verifier).ShouldNotBeNull();
        (envelope with { Signatures = [envelope.Signatures[0] with { Sig = Convert.ToBase64String(new byte[64]) }] }).Fault(_key.Verifier).ShouldNotBeNull();
    }

    [Fact]
    public void Hints_of_keys_do_not_matter_and_either_base64_is_read()
    {
        var envelope = DsseEnvelope.Sign("t", [0xfb, 0xff, 0xfe], _key);
        string UrlSafe(string text) => text.Replace('+', '-').Replace('/', '_');
        envelope.Payload.ShouldContain('/');
        (envelope with { Payload = UrlSafe(envelope.Payload), Signatures = [new DsseSignature(null, UrlSafe(envelope.Signatures[0].Sig))] }).Fault(_key.Verifier).ShouldBeNull();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}")]
    public void Other_files_are_no_envelopes(string text) => Should.Throw<BadInput>(() => DsseEnvelope.Parse(text));

    [Fact]
    public void Python_verifies_an_envelope_by_the_protocols_text_alone()
    {
        var envelope = DsseEnvelope.Sign(DsseEnvelope.InToto, "{\"é\":1}"u8, _key);
        const string Check = """
            import base64, json, sys
            sys.path.insert(0, sys.argv[1])
            from verify_proof import verifies
            e, key = json.loads(sys.argv[2]), base64.b64decode(sys.argv[3].split("+", 2)[2])[1:]
            body, kind = base64.b64decode(e["payload"]), e["payloadType"].encode()
            pae = b" ".join([b"DSSEv1", b"%d" % len(kind), kind, b"%d" % len(body), body])
            print([verifies(key, pae + more, base64.b64decode(s["sig"])) for s in e["signatures"] for more in (b"", b" ")])
            """;
        IndependentCheck.Python("-c", Check, Path.GetDirectoryName(IndependentCheck.Script)!, envelope.ToJson(), $"{_key.Verifier}").ShouldBe((0, "[True, False]\n"));
    }

    private static byte[] Coordinate(string number) => BigInteger.Parse(number, CultureInfo.InvariantCulture).ToByteArray(isUnsigned: true, isBigEndian: true) switch
    {
        { Length: 32 } exact => exact,
        var shorter => [.. new byte[32 - shorter.Length], .. shorter],
    };
}
