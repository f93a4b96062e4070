using Ledger.Domain.Evidence.Audit;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

/// <summary>Whatever somebody with every right in the database does to the past is found, and named at its place.</summary>
public sealed partial class TamperingTests(SealedExperiment experiment) : IClassFixture<SealedExperiment>
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
