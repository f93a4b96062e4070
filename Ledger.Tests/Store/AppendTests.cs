using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

public sealed class AppendTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>
{
    [Fact]
    public async Task Events_come_back_in_order_with_who_appended_them()
    {
        await ledger.Append("run/1", 0, "a", new Paused("one"), new Paused("two"));
        await ledger.Append("run/1", 2, "b", new Paused("three"));

        var read = await ledger.Store.Read("run/1", stop: LedgerDatabase.Stop);

        read.Select(e => e.Data).ShouldBe([new Paused("one"), new Paused("two"), new Paused("three")]);
        read.Select(e => e.Version).ShouldBe([1, 2, 3]);
        read.ShouldAllBe(e => e.Actor == LedgerDatabase.Someone && e.Stream == "run/1" && e.WireName == "run.paused.v1");
        read[2].EventId.ShouldBe(EventId.Of("run/1", "b", 0));
        (await ledger.Store.Read("run/1", 3, LedgerDatabase.Stop)).Select(e => e.Version).ShouldBe([3]);
    }

    [Fact]
    public async Task A_stream_that_is_not_there_has_no_events() =>
        (await ledger.Store.Read("run/none", stop: LedgerDatabase.Stop)).ShouldBeEmpty();

    [Fact]
    public async Task The_same_command_again_writes_nothing_and_says_so()
    {
        var first = await ledger.Append("run/2", 0, "a", new Paused("one"), new Paused("two"));
        var again = await ledger.Append("run/2", 0, "a", new Paused("one"), new Paused("two"));

        first.AlreadyThere.ShouldBeFalse();
        again.ShouldSatisfyAllConditions(b => b.AlreadyThere.ShouldBeTrue(), b => b.Version.ShouldBe(2), b => b.EventIds.ShouldBe(first.EventIds));
        (await ledger.Store.Read("run/2", stop: LedgerDatabase.Stop)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_same_command_is_recognised_after_others_have_appended()
    {
        await ledger.Append("run/3", 0, "a", new Paused("one"));
        await ledger.Append("run/3", 1, "b", new Paused("two"));

        (await ledger.Append("run/3", 0, "a", new Paused("one"))).ShouldSatisfyAllConditions(
            b => b.AlreadyThere.ShouldBeTrue(), b => b.Version.ShouldBe(1));
    }

    [Fact]
    public async Task A_command_id_used_for_something_else_is_refused()
    {
        await ledger.Append("run/4", 0, "a", new Paused("one"));

        (await Should.ThrowAsync<Refused>(() => ledger.Append("run/4", 1, "a", new Paused("other")))).Code.ShouldBe("command-reused");
        (await Should.ThrowAsync<Refused>(() => ledger.Append("run/4", 0, "a", new Paused("one"), new Paused("two"))))
            .Code.ShouldBe("command-reused");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    public async Task Appending_at_another_version_is_fenced_naming_who_came_first(int expected)
    {
        string stream = $"run/fenced-{expected}";
        await ledger.Append(stream, 0, "a", new Paused("one"));
        await ledger.Append(stream, 1, "b", new Paused("two"));

        var fenced = await Should.ThrowAsync<Fenced>(() => ledger.Append(stream, expected, "late", new Paused("late")));

        fenced.ShouldSatisfyAllConditions(
            f => f.ExitCode.ShouldBe(3), f => f.Expected.ShouldBe(expected), f => f.Found.ShouldBe(2), f => f.Stream.ShouldBe(stream),
            f => f.By.ShouldBe(expected < 2 ? LedgerDatabase.Someone : null));
        (await ledger.Store.Read(stream, stop: LedgerDatabase.Stop)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Appending_after_a_version_of_a_stream_that_is_not_there_is_fenced() =>
        (await Should.ThrowAsync<Fenced>(() => ledger.Append("run/none", 3, "a", new Paused("one")))).Found.ShouldBe(0);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Of_four_writers_at_one_version_exactly_one_wins(int version)
    {
        string stream = $"run/race-{version}";
        if (version > 0)
            await ledger.Append(stream, 0, "start", new Paused("start"));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            try
            {
                await ledger.Append(stream, version, $"writer-{writer}", new Paused($"{writer}"));
                return true;
            }
            catch (Fenced)
            {
                return false;
            }
        }));

        outcomes.Count(won => won).ShouldBe(1);
        (await ledger.Store.Read(stream, stop: LedgerDatabase.Stop)).Count.ShouldBe(version + 1);
    }

    [Fact]
    public async Task Several_writers_of_a_shared_stream_all_get_their_turn()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (int i = 0; i < 5; i++)
                await ledger.AppendShared("review/1", $"{writer}/{i}", new Annotated($"{writer}/{i}"));
        }));

        var read = await ledger.Store.Read("review/1", stop: LedgerDatabase.Stop);
        read.Select(e => e.Version).ShouldBe(Enumerable.Range(1, 20).Select(v => (long)v));
        read.Select(e => ((Annotated)e.Data).Text).Distinct().Count().ShouldBe(20);
        (await ledger.AppendShared("review/1", "2/3", new Annotated("2/3"))).AlreadyThere.ShouldBeTrue();
    }

    [Fact]
    public async Task An_empty_command_appends_nothing() =>
        (await ledger.Append("run/5", 0, "a")).EventIds.ShouldBeEmpty();

    [Fact]
    public async Task An_event_of_another_kind_of_stream_is_not_appended() =>
        await Should.ThrowAsync<ArgumentException>(() => ledger.Append("experiment/1", 0, "a", new Paused("one")));

    [Fact]
    public async Task What_JSON_cannot_hold_is_refused_before_it_is_sent()
    {
        await Should.ThrowAsync<NotCanonical>(() => ledger.Append("run/6", 0, "a", new ResultFlagged("s", "c", double.NaN, null)));
        await Should.ThrowAsync<NotCanonical>(() => ledger.Append("run/6", 0, "a", new Paused("nul \0")));
        (await ledger.Store.Read("run/6", stop: LedgerDatabase.Stop)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_beyond_its_limit_is_refused_with_advice()
    {
        var refused = await Should.ThrowAsync<Refused>(() => ledger.Append("run/7", 0, "a", new Paused(new string('x', 9000))));

        refused.ShouldSatisfyAllConditions(r => r.Code.ShouldBe("event-too-large"), r => r.Message.ShouldContain("artifact"));
    }

    [Fact]
    public async Task The_largest_ensemble_on_the_most_examples_whose_bits_are_kept_is_an_event()
    {
        AttackPart[] parts = [.. Enumerable.Range(0, 16).Select(i => new AttackPart($"transfer-apgd-ce-{i}", 32_768, 1000, 1L << 53, 1L << 53, 1234.5678))];
        var done = new AttackCompleted(
            "s", new ArtifactRef(new string('0', 64), 1), new string('0', 64), 32_768, 32_768, 0, "3dcccccd", 0, "exact", 1, 0.1, 1, parts,
            Standing: StandingExamples.Of([.. Enumerable.Range(0, 32_768).Select(i => new Outcome(i, 0, 0, 0, true, false, 0, 0, 1, 1, null, null, 1, null))]));

        await ledger.Append("run/9", 0, "a", done);

        (await ledger.Store.Read("run/9", stop: LedgerDatabase.Stop)).ShouldHaveSingleItem().Data.ShouldBeOfType<AttackCompleted>().Standing.ShouldBe(done.Standing);
    }

    [Fact]
    public async Task A_lost_connection_while_saving_is_survived_without_a_second_copy()
    {
        await ledger.Append("run/8", 0, "warm", new Paused("warm"));
        for (int i = 0; i < 10; i++)
        {
            var saving = ledger.Append("run/8", i + 1, $"{i}", new Paused($"{i}"));
            await ledger.KillBackends();
            await saving;
        }

        (await ledger.Store.Read("run/8", stop: LedgerDatabase.Stop)).Select(e => e.Version)
            .ShouldBe(Enumerable.Range(1, 11).Select(v => (long)v));
    }
}
