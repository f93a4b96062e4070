using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Evidence.Seals;
using Ledger.Runner.Seals;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

/// <summary>What is done to seals and keys, and what only a seal kept elsewhere remembers.</summary>
public sealed partial class TamperingTests
{
    [Fact]
    public async Task A_tail_cut_off_with_its_seals()
    {
        await using var ledger = await experiment.Copy();
        string witness = await ledger.Witness();
        long head = await ledger.Scalar<long>("select max(position) from ledger_log.log");

        await ledger.Spoil(
            $"""
            delete from ledger.mt_events where seq_id in (select seq_id from ledger_log.log where position > {head - 3});
            delete from ledger.mt_streams s where not exists (select from ledger.mt_events e where e.stream_id = s.id);
            update ledger.mt_streams s set version = (select max(version) from ledger.mt_events e where e.stream_id = s.id);
            delete from ledger_log.log where position > {head - 3}; delete from ledger_log.seals where size > {head - 3};
            """);

        // The files beside the artifacts remember it; without them only a witness does.
        await ShouldBeFound(ledger, "shorter-than-sealed", head - 2);
        await ledger.SealAnew();
        (await ledger.Verify()).Findings.ShouldNotContain(finding => finding.Code == "shorter-than-sealed");
        (await ledger.Verify(witness)).Findings.ShouldContain(finding => finding.Severity == Severity.Broken && finding.Code == "shorter-than-sealed" && finding.Position == head - 2);
    }

    [Fact]
    public async Task A_history_changed_and_sealed_anew_is_caught_by_an_earlier_seal()
    {
        await using var ledger = await experiment.Copy();
        string witness = await ledger.Witness();
        var seals = Directory.CreateTempSubdirectory("ledger-seals-").FullName;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(ledger.Place.ArtifactFolder, "seals"), "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(seals, Path.GetFileName(file)));

        await ledger.Spoil($"update ledger.mt_events set causation_id = 'forged' where seq_id = {Attack}");
        await ledger.SealAnew();

        (await ledger.Verify()).IsSound.ShouldBeTrue("whoever holds the key and nobody else's seal can tell any story");
        (await ledger.Verify(witness)).Findings.ShouldContain(finding => finding.Severity == Severity.Broken && finding.Code == "root" && finding.Subject.Contains("positions 1 to"));
        string folder = Path.Combine(ledger.Place.ArtifactFolder, "seals", await ledger.Scalar<string>("select origin from ledger_log.origin"));
        foreach (string file in Directory.EnumerateFiles(seals))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        await ShouldBeFound(ledger, "root");
        await ShouldBeFound(ledger, "seal-not-stored");
        Directory.Delete(seals, recursive: true);
    }

    [Fact]
    public async Task Two_histories_for_two_auditors()
    {
        await using var mine = await experiment.Copy();
        await using var theirs = await experiment.Copy();
        await theirs.Spoil($"update ledger.mt_events set data = jsonb_set(data, '{{broken}}', '1') where seq_id = {Attack}");
        await theirs.SealAnew();

        var found = await theirs.Verify(await mine.Witness());

        found.Findings.ShouldContain(finding => finding.Severity == Severity.Broken && finding.Code == "root");
        (await mine.Verify(await theirs.Witness())).Findings.ShouldContain(finding => finding.Severity == Severity.Broken && finding.Code == "root");
    }

    [Fact]
    public async Task A_forged_signature()
    {
        await using var ledger = await experiment.Copy();
        string note = await ledger.Scalar<string>("select note from ledger_log.seals order by size limit 1");
        string key = Seal.Parse(note).Signatures[0].KeyId;
        using var eve = SigningKey.Generate(Seal.Parse(note).Head.Origin);
        string forged = Seal.Sign(Seal.Parse(note).Head, eve).Text;

        await ledger.Spoil($"update ledger_log.seals set note = '{forged}' where size = {Seal.Parse(note).Head.Size}");

        var found = await ledger.Verify();
        found.Findings.ShouldContain(finding => finding.Code == "signature" && finding.Position == Seal.Parse(note).Head.Size && finding.Found.Contains(eve.Verifier.Id));
        found.Findings.ShouldContain(finding => finding.Code == "seal-columns" && finding.Expected.Contains(eve.Verifier.Id) && finding.Found.Contains(key));
    }

    [Fact]
    public async Task Another_key_put_in_the_place_of_the_ledgers()
    {
        await using var ledger = await experiment.Copy();
        string origin = await ledger.Scalar<string>("select origin from ledger_log.origin");
        string real = Seal.Parse(await File.ReadAllTextAsync(await ledger.Witness(), TestContext.Current.CancellationToken)).Signatures[0].KeyId;
        string trusted = (await new KeyRing(ledger.Open(), origin, new SealKeyFiles(ledger.Home.Folder, origin)).Known(TestContext.Current.CancellationToken))[0].Key.ToString();
        using var eve = SigningKey.Generate($"ledger/{origin}");
        File.Delete(Path.Combine(ledger.Place.ArtifactFolder, "keys", origin, $"{real}.key"));
        new SealKeyFiles(ledger.Home.Folder, origin).Write(eve);

        await ledger.Spoil(
            $$"""
            update ledger.mt_events set data = '{"keyId": "{{eve.Verifier.Id}}", "publicKey": "{{Convert.ToBase64String(eve.Verifier.PublicKey.Span)}}"}' where type = 'ledger.key_introduced.v1'
            """);
        await ShouldBeFound(ledger, "altered-event", await ledger.First("ledger.key_introduced"));
        await ledger.SealAnew();

        (await ledger.Verify(null, trusted)).Findings.ShouldContain(finding => finding.Severity == Severity.Broken && finding.Code == "not-its-key");
        (await ledger.Verify(null, trusted)).Findings.ShouldContain(finding => finding.Severity == Severity.Broken && finding.Code == "untrusted-seal");
    }

    [Fact]
    public async Task An_old_seal_in_the_place_of_a_new_one()
    {
        await using var ledger = await experiment.Copy();
        long size = await ledger.Scalar<long>("select max(size) from ledger_log.seals");

        await ledger.Spoil("update ledger_log.seals set note = (select note from ledger_log.seals order by size limit 1) where size = (select max(size) from ledger_log.seals)");

        await ShouldBeFound(ledger, "seal-columns", size);
        await ShouldBeFound(ledger, "seal-not-stored");
    }

    [Fact]
    public async Task A_seal_taken_away()
    {
        await using var ledger = await experiment.Copy();

        await ledger.Spoil("delete from ledger_log.seals where size = (select max(size) from ledger_log.seals)");

        await ShouldBeFound(ledger, "seal-not-stored");
    }

    [Theory]
    [InlineData("root = decode(repeat('00', 32), 'hex')", "seal-columns")]
    [InlineData("tail = decode(repeat('00', 32), 'hex') || substring(tail from 33)", "root")]
    public async Task An_altered_field_of_a_seal(string change, string code)
    {
        await using var ledger = await experiment.Copy();

        await ledger.Spoil($"update ledger_log.seals set {change} where size = (select max(size) from ledger_log.seals)");

        await ShouldBeFound(ledger, code);
    }
}
