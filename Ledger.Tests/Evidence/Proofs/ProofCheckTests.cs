using Ledger.Domain;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Proofs;

/// <summary>What a proof must show, on logs in memory.</summary>
public sealed class ProofCheckTests : IDisposable
{
    private const string Run = "01JRUN00000000000000000000";

    private static readonly string Digest = new('a', 64);

    private readonly MadeLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void An_event_is_proven_wherever_it_stands()
    {
        for (int i = 0; i < 13; i++)
            _log.Add($"review/{i}", new Annotated($"note {i}"));
        for (long position = 1; position <= 13; position++)
            _log.Check(_log.Prove(new EventClaim(position, _log[position].EventId), position)).Faults.ShouldBeEmpty();
    }

    [Fact]
    public void An_event_is_at_no_other_position_and_is_no_other_event()
    {
        long first = _log.Add("review/a", new Annotated("a")), second = _log.Add("review/b", new Annotated("b"));
        Faults(new EventClaim(first, _log[first].EventId), second).ShouldContain("claim.position");
        Faults(new EventClaim(first, _log[second].EventId), first).ShouldContain("claim.eventId");
        Faults(new EventClaim(first, _log[first].EventId), first, second).ShouldContain("entries");
    }

    [Fact]
    public void Only_keys_from_elsewhere_are_trusted()
    {
        var proof = _log.Prove(new EventClaim(_log.Add("review/a", new Annotated("a")), _log[1].EventId), 1);
        using var other = SigningKey.Generate(_log.Key.Verifier.Name);
        ProofCheck.Of(proof, [other.Verifier]).Faults.ShouldHaveSingleItem().Path.ShouldBe("seal");
        ProofCheck.Of(proof, []).Faults.ShouldHaveSingleItem().Found.ShouldBe("no key to trust");
        ProofCheck.Of(proof, [other.Verifier, _log.Key.Verifier]).SignedBy.ShouldBe(_log.Key.Verifier);
    }

    [Fact]
    public void A_forged_ledger_signed_by_the_forger_is_found_out_by_the_owners_key()
    {
        using var forged = new MadeLog();
        forged.Add("review/a", new Annotated("as if"));
        var proof = forged.Prove(new EventClaim(1, forged[1].EventId), 1);
        ProofCheck.Of(proof, [forged.Key.Verifier]).Holds.ShouldBeTrue();
        ProofCheck.Of(proof, [_log.Key.Verifier]).Holds.ShouldBeFalse();
    }

    [Fact]
    public void A_run_is_all_its_events()
    {
        var positions = Whole();
        var report = _log.Check(_log.Prove(new RunClaim(Run, "completed", 4), positions));
        report.Faults.ShouldBeEmpty();
        report.Remarks[0].ShouldContain("all are here");
    }

    [Fact]
    public void A_run_with_an_event_left_out_is_none()
    {
        var positions = Whole();
        Faults(new RunClaim(Run, "completed", 3), [positions[0], positions[1], positions[3]]).ShouldContain("claim.events");
        Faults(new RunClaim(Run, "completed", 3), [.. positions.Take(3)]).ShouldContain("claim.state");
        Faults(new RunClaim(Run, "failed", 4), [.. positions]).ShouldContain("claim.state");
        Faults(new RunClaim("01JOTHER", "completed", 4), [.. positions]).ShouldContain("claim.run");
    }

    [Fact]
    public void A_run_whose_last_event_counts_more_than_there_are_is_none()
    {
        long[] positions = [_log.Add($"run/{Run}", new StepFailed("base", "killed", "")), _log.Add($"run/{Run}", new Failed(["base"], 3))];
        Faults(new RunClaim(Run, "failed", 2), positions).ShouldBe(["claim.events"]);
    }

    [Fact]
    public void A_cancelled_run_has_no_count_and_says_so()
    {
        long[] positions = [_log.Add($"run/{Run}", new Paused("Ctrl-C")), _log.Add($"run/{Run}", new Cancelled("asked"))];
        var report = _log.Check(_log.Prove(new RunClaim(Run, "cancelled", 2), positions));
        report.Faults.ShouldBeEmpty();
        report.Remarks[0].ShouldContain("does not say how many");
    }

    [Fact]
    public void An_artifact_has_the_role_in_which_its_event_names_it()
    {
        long at = _log.Add($"run/{Run}", new TrainingCompleted("base", new ModelRef(new ArtifactRef(Digest, 5), new ArtifactRef(new string('b', 64), 7)), 1, 1, 0.5, 1, 1));
        var claim = new ArtifactClaim(new string('b', 64), 7, at, Run, ["weights"], "base");
        Faults(claim, at).ShouldBeEmpty();
        Faults(claim with { Roles = ["architecture"] }, at).ShouldBe(["claim.roles"]);
        Faults(claim with { Digest = new string('c', 64) }, at).ShouldBe(["claim.digest"]);
        Faults(claim with { Bytes = 5 }, at).ShouldBe(["claim.bytes"]);
        Faults(claim with { Step = "other" }, at).ShouldBe(["claim"]);
        Faults(claim with { Run = "other" }, at).ShouldBe(["claim"]);
    }

    [Fact]
    public void An_artifact_of_a_run_that_began_with_changes_has_no_step()
    {
        long at = _log.Add($"run/{Run}", new Started(EventExamples.Environment with { GitDiff = new ArtifactRef(Digest, 9) }, Digest, new Worker("desk", 1, "t")));
        Faults(new ArtifactClaim(Digest, 9, at, Run, ["git-diff"]), at).ShouldBeEmpty();
    }

    [Fact]
    public void Entries_stand_in_the_order_of_their_positions_and_once()
    {
        var positions = Whole();
        Faults(new RunClaim(Run, "completed", 4), [.. positions.Reverse()]).ShouldContain("entries[1].position");
        Faults(new RunClaim(Run, "completed", 5), [.. positions, positions[3]]).ShouldContain("entries[4].position");
    }

    [Theory]
    [InlineData("[]", "no proof of this format")]
    [InlineData("{\"format\":\"ledger/proof/2\"}", "no proof of this format")]
    [InlineData("{\"format\":\"ledger/proof/1\"}", "missing required")]
    [InlineData("not json", "invalid")]
    public void Another_file_is_no_proof(string text, string part) =>
        Should.Throw<BadInput>(() => Proof.Parse(text)).Message.ShouldContain(part);

    [Fact]
    public void A_proof_with_a_member_too_many_or_twice_is_none()
    {
        string text = _log.Prove(new EventClaim(_log.Add("review/a", new Annotated("a")), _log[1].EventId), 1).ToJson();
        Should.Throw<BadInput>(() => Proof.Parse(text.Replace("\"origin\":", "\"further\": 1, \"origin\":", StringComparison.Ordinal)));
        Should.Throw<BadInput>(() => Proof.Parse(text.Replace("\"origin\":", "\"origin\": \"x\", \"origin\":", StringComparison.Ordinal)));
        Proof.Parse(text).ToJson().ShouldBe(text);
    }

    [Fact]
    public void An_entry_comes_back_from_its_envelope_and_from_nothing_else()
    {
        _log.Add("review/a", new Annotated("é \u2028 \"quoted\""));
        var envelope = _log[1].Envelope();
        var entry = Entry.FromEnvelope(envelope);
        entry.Envelope().ShouldBe(envelope);
        (entry.Stream, entry.EventId, entry.RecordedAt).ShouldBe(("review/a", _log[1].EventId, _log[1].RecordedAt));
        string text = System.Text.Encoding.UTF8.GetString(envelope);
        foreach (string other in new[]
        {
            text.Replace("\"version\":1", "\"version\":1.0", StringComparison.Ordinal), text.Replace("\"version\":1", "\"version\": 1", StringComparison.Ordinal),
            text.Replace("ledger/entry/1", "ledger/entry/2", StringComparison.Ordinal), text.Replace("12:00:00.000000Z", "12:00:00Z", StringComparison.Ordinal),
            text.Replace("{\"causation\":\"test\",", "{", StringComparison.Ordinal), text.Replace("\"version\":1", "\"version\":1,\"x\":1", StringComparison.Ordinal),
            text.Replace("\"user\":\"ada\"", "\"user\":\"\\u0061da\"", StringComparison.Ordinal), text.Replace("\"user\":\"ada\"", "\"user\":\"\\ud800\"", StringComparison.Ordinal), text + "\n", "{}", "", "null",
        })
        {
            other.ShouldNotBe(text);
            Should.Throw<BadInput>(() => Entry.FromEnvelope(System.Text.Encoding.UTF8.GetBytes(other)), other);
        }
    }

    private long[] Whole()
    {
        long[] positions = [_log.Add($"run/{Run}", new StepFailed("base", "killed", "")), _log.Add($"run/{Run}", new Paused("x"))];
        _log.Add("review/other", new Annotated("between"));
        return [.. positions, _log.Add($"run/{Run}", new Resumed(new Worker("desk", 1, "t"), 2)), _log.Add($"run/{Run}", new Completed(4))];
    }

    private List<string?> Faults(Claim claim, params long[] positions) => [.. _log.Check(_log.Prove(claim, positions)).Faults.Select(fault => fault.Path)];
}
