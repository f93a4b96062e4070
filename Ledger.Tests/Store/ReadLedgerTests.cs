using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

public sealed class ReadLedgerTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>
{
    private static readonly Planned Plan = EventExamples.All.OfType<Planned>().Single();

    [Fact]
    public async Task An_experiment_is_found_by_slug_or_by_the_beginning_of_its_id()
    {
        string id = await Register("by-slug");

        (await ReadLedger.Experiment(ledger.Store.Source, "by-slug", LedgerDatabase.Stop)).ShouldBe(id);
        (await ReadLedger.Experiment(ledger.Store.Source, id.ToLowerInvariant()[..25], LedgerDatabase.Stop)).ShouldBe(id);
        (await ReadLedger.BySlug(ledger.Store.Source, "by-slu", LedgerDatabase.Stop)).ShouldBeNull();
    }

    [Fact]
    public async Task The_latest_experiment_of_a_slug_is_meant()
    {
        await Register("twice", "01AAAAAAAAAAAAAAAAAAAAAAA0");
        await Register("twice", "01AAAAAAAAAAAAAAAAAAAAAAA1");

        (await ReadLedger.BySlug(ledger.Store.Source, "twice", LedgerDatabase.Stop)).ShouldBe("01AAAAAAAAAAAAAAAAAAAAAAA1");
    }

    [Fact]
    public async Task An_ambiguous_beginning_lists_the_candidates()
    {
        foreach (string run in (string[])["01BB1", "01BB2"])
            await ledger.Append($"run/{run}", 0, "plan", Plan);

        var refused = await Should.ThrowAsync<Refused>(() => ReadLedger.Run(ledger.Store.Source, "01bb", LedgerDatabase.Stop));

        refused.ShouldSatisfyAllConditions(r => r.Code.ShouldBe("ambiguous"), r => r.Values["candidates"].ShouldBe("01BB1, 01BB2"));
        (await ReadLedger.Run(ledger.Store.Source, "01BB2", LedgerDatabase.Stop)).ShouldBe("01BB2");
    }

    [Theory]
    [InlineData("99")]
    [InlineData("%")]
    [InlineData("_")]
    public async Task What_is_not_there_is_not_found(string prefix)
    {
        await ledger.Append(LedgerDatabase.New("run"), 0, "plan", Plan);

        (await Should.ThrowAsync<Refused>(() => ReadLedger.Run(ledger.Store.Source, prefix, LedgerDatabase.Stop))).Code.ShouldBe("not-found");
    }

    [Fact]
    public async Task The_runs_of_an_experiment_come_in_the_order_of_their_plans()
    {
        string[] runs = [LedgerDatabase.New("run"), LedgerDatabase.New("run"), LedgerDatabase.New("run")];
        await ledger.Append(runs[0], 0, "plan", Plan with { Experiment = "E1", Number = 2, ReplayOf = null });
        await ledger.Append(runs[1], 0, "plan", Plan with { Experiment = "E1", Number = 1, ReplayOf = "01X" }, new Cancelled("asked"));
        await ledger.Append(runs[2], 0, "plan", Plan with { Experiment = "E2" });

        (await ReadLedger.Runs(ledger.Store.Source, "E1", LedgerDatabase.Stop))
            .ShouldBe([new RunEntry(runs[0][4..], 2, null, 1), new RunEntry(runs[1][4..], 1, "01X", 2)]);
    }

    private async Task<string> Register(string slug, string? id = null)
    {
        id ??= Ulid.NewUlid().ToString();
        using var spec = JsonDocument.Parse("{}");
        await ledger.Append($"experiment/{id}", 0, "register", new Registered(slug, "", spec.RootElement, new string('0', 64), "", null));
        return id;
    }
}
