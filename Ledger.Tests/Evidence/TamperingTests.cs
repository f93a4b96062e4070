using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Evidence.Seals;
using Ledger.Runner.Seals;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

/// <summary>Whatever somebody with every right in the database does to the past is found, and named at its place.</summary>
public sealed class TamperingTests(SealedExperiment experiment) : IClassFixture<SealedExperiment>
{
    private const string Attack = "(select seq_id from ledger_log.log where type like 'run.attack_completed.%' order by position limit 1)";

    [Fact]
    public async Task Nothing_is_found_where_nothing_was_changed()
    {
        await using var ledger = await experiment.Copy();

        var found = await ledger.Verify();

        found.Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        found.ShouldSatisfyAllConditions(
            f => f.IsSound.ShouldBeTrue(), f => f.Whole.ShouldBeTrue(), f => f.Events.ShouldBe(f.Position), f => f.Sealed.ShouldBe(f.Position),
            f => f.Artifacts.ShouldBeGreaterThanOrEqualTo(5), f => f.Seals.ShouldBe(5), f => f.Tables.ShouldBeGreaterThan(10));
    }

    [Theory]
    [InlineData("data = jsonb_set(data, '{broken}', '0')", "altered-event")]
    [InlineData("data = jsonb_set(data, '{seconds}', '0.5')", "altered-event")]
    [InlineData("data = data - 'standing'", "altered-event")]
    [InlineData("data = data || '{\"more\": 1}'", "altered-event")]
    [InlineData("type = 'run.measurement_completed.v1'", "altered-event")]
    [InlineData("timestamp = timestamp - interval '1 microsecond'", "altered-event")]
    [InlineData("id = '00000000-0000-5000-8000-000000000000'", "altered-event")]
    [InlineData("correlation_id = 'x'", "altered-event")]
    [InlineData("causation_id = null", "altered-event")]
    [InlineData("user_name = 'eve'", "altered-event")]
    [InlineData("headers = headers || '{\"machine\": \"elsewhere\"}'", "altered-event")]
    [InlineData("headers = null", "altered-event")]
    [InlineData("version = version + 1000", "altered-event")]
    [InlineData("stream_id = (select id from ledger.mt_streams where id like 'review/%' limit 1), version = 900", "altered-event")]
    [InlineData("mt_dotnet_type = 'Other'", "dotnet-type")]
    [InlineData("is_archived = true", "event-columns")]
    [InlineData("tenant_id = 'other'", "event-columns")]
    [InlineData("bdata = 'x'", "event-columns")]
    public async Task An_altered_field_of_an_event(string change, string code)
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.attack_completed");

        await ledger.Spoil($"update ledger.mt_events set {change} where seq_id = {Attack}");

        await ShouldBeFound(ledger, code, position);
    }

    [Theory]
    [InlineData("recorded_at = recorded_at - interval '1 microsecond'", "altered-event")]
    [InlineData("event_id = '00000000-0000-5000-8000-000000000000'", "log-columns")]
    [InlineData("type = 'run.measurement_completed.v1'", "log-columns")]
    [InlineData("version = version + 1", "log-columns")]
    public async Task An_altered_field_of_the_log(string change, string code)
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.attack_completed");

        await ledger.Spoil($"update ledger_log.log set {change} where position = {position}");

        await ShouldBeFound(ledger, code, position);
    }

    [Theory]
    [InlineData("version = version + 1", "stream-versions")]
    [InlineData("is_archived = true", "stream-columns")]
    [InlineData("compacted_version = 3", "stream-columns")]
    [InlineData("tenant_id = 'other'", "stream-columns")]
    public async Task An_altered_field_of_a_stream(string change, string code)
    {
        await using var ledger = await experiment.Copy();
        string run = await ledger.Scalar<string>("select min(id) from ledger.mt_streams where id like 'run/%'");

        await ledger.Spoil($"update ledger.mt_streams set {change} where id = '{run}'");

        (await ShouldBeFound(ledger, code)).Subject.ShouldBe(run);
    }

    [Fact]
    public async Task A_deleted_event()
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.attack_completed");

        await ledger.Spoil($"delete from ledger.mt_events where seq_id = {Attack}");

        await ShouldBeFound(ledger, "missing-event", position);
    }

    [Fact]
    public async Task A_deleted_event_with_its_place_in_the_log()
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.attack_completed");

        await ledger.Spoil($"delete from ledger.mt_events where seq_id = {Attack}; delete from ledger_log.log where seq_id = {Attack}");

        await ShouldBeFound(ledger, "position-gap", position + 1);
        await ShouldBeFound(ledger, "vanished-number");
    }

    [Fact]
    public async Task A_deleted_event_and_everything_after_it_renumbered()
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.attack_completed");

        await ledger.Spoil(
            $"""
            delete from ledger.mt_events where seq_id = {Attack};
            delete from ledger_log.log where position = {position};
            update ledger_log.log set position = -position where position > {position};
            update ledger_log.log set position = -position - 1 where position < 0;
            """);

        await ShouldBeFound(ledger, "altered-event", position);
        await ShouldBeFound(ledger, "shorter-than-sealed");
    }

    [Fact]
    public async Task Two_events_in_each_others_places()
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.step_started");

        await ledger.Spoil(
            $"""
            update ledger_log.log set position = -1 where position = {position};
            update ledger_log.log set position = {position} where position = {position} + 1;
            update ledger_log.log set position = {position} + 1 where position = -1;
            """);

        await ShouldBeFound(ledger, "altered-event", position);
        await ShouldBeFound(ledger, "altered-event", position + 1);
    }

    [Fact]
    public async Task An_event_put_in_after_a_run_had_ended()
    {
        await using var ledger = await experiment.Copy();

        await ledger.Spoil(
            """
            insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
            select nextval('ledger.mt_events_sequence'), '00000000-0000-5000-8000-000000000000', stream_id, version + 1, '{"reason": "x"}', 'run.paused.v1', now(), 'Ledger.Domain.Runs.Paused, Ledger.Domain'
            from ledger.mt_events where type = 'run.completed.v1' limit 1
            """);

        await ShouldBeFound(ledger, "after-the-end");
        await ShouldBeFound(ledger, "stream-versions");
    }

    [Fact]
    public async Task An_event_put_in_under_a_number_of_the_past()
    {
        await using var ledger = await experiment.Copy();

        await ledger.Spoil(
            """
            update ledger.mt_events set seq_id = seq_id + 100000; update ledger_log.log set seq_id = seq_id + 100000; insert into ledger_log.holes select generate_series(2, 100000) on conflict do nothing;
            insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
            select 1, '00000000-0000-5000-8000-000000000000', stream_id, version + 1, '{"reason": "x"}', 'run.paused.v1', now(), 'Ledger.Domain.Runs.Paused, Ledger.Domain'
            from ledger.mt_events where type = 'run.completed.v1' limit 1
            """);

        await ShouldBeFound(ledger, "unlogged-event");
    }

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
    public async Task An_artifact_altered_and_one_deleted()
    {
        await using var ledger = await experiment.Copy();
        var objects = Directory.EnumerateFiles(Path.Combine(ledger.Place.ArtifactFolder, "objects"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(2).ToList();
        File.SetUnixFileMode(objects[0], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        byte[] bytes = File.ReadAllBytes(objects[0]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(objects[0], bytes);
        File.Delete(objects[1]);

        (await ShouldBeFound(ledger, "corrupt-artifact")).Subject.ShouldEndWith(Digest(objects[0]));
        (await ShouldBeFound(ledger, "missing-artifact")).Subject.ShouldEndWith(Digest(objects[1]));

        static string Digest(string path) => Path.GetFileName(Path.GetDirectoryName(path))! + Path.GetFileName(path);
    }

    [Fact]
    public async Task A_figure_that_its_outcomes_do_not_give()
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.attack_completed");

        await ledger.Spoil($"update ledger.mt_events set data = jsonb_set(data, '{{broken}}', '0') where seq_id = {Attack}");
        await ledger.SealAnew();

        await ShouldBeFound(ledger, "outcome-counts", position);
        await ShouldBeFound(ledger, "standing-examples", position);
    }

    [Fact]
    public async Task A_key_of_a_step_that_its_list_does_not_give()
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.step_started");

        await ledger.Spoil($"update ledger.mt_events e set data = jsonb_set(data, '{{fields,codeFingerprint}}', '\"other\"') from ledger_log.log l where l.seq_id = e.seq_id and l.position = {position}");
        await ledger.SealAnew();

        await ShouldBeFound(ledger, "step-key", position);
    }

    [Theory]
    [InlineData("update results.attacks set broken = 0", "results.attacks")]
    [InlineData("delete from results.trainings", "results.trainings")]
    [InlineData("update results.runs set state = 'failed'", "results.runs")]
    public async Task An_altered_row_of_results(string sql, string subject)
    {
        await using var ledger = await experiment.Copy();

        await ledger.Spoil(sql);

        (await ShouldBeFound(ledger, "results-row")).Subject.ShouldStartWith(subject);
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

    [Fact]
    public async Task A_payload_that_no_table_can_read_hides_nothing_else()
    {
        await using var ledger = await experiment.Copy();
        long position = await ledger.First("run.attack_completed");

        await ledger.Spoil($"update ledger.mt_events set data = jsonb_set(data, '{{examples}}', '\"many\"') where seq_id = {Attack}");

        await ShouldBeFound(ledger, "altered-event", position);
        await ShouldBeFound(ledger, "unreadable-payload", position);
        await ShouldBeFound(ledger, "not-readable");
    }

    private static async Task<Finding> ShouldBeFound(SpoiledLedger ledger, string code, long? position = null)
    {
        var found = await ledger.Verify();
        found.IsSound.ShouldBeFalse();
        return found.Findings.FirstOrDefault(finding => finding.Severity == Severity.Broken && finding.Code == code && (position is null || finding.Position == position))
            .ShouldNotBeNull($"{code} at {position} among\n{string.Join('\n', found.Findings)}");
    }
}
