using System.Text.Json;
using Ledger.Domain.Experiments;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

public sealed class ReadLedgerTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>
{
    [Fact]
    public async Task An_experiment_is_found_by_its_whole_slug()
    {
        string id = await Register("by-slug");

        (await ReadLedger.BySlug(ledger.Store.Source, "by-slug", LedgerDatabase.Stop)).ShouldBe(id);
        (await ReadLedger.BySlug(ledger.Store.Source, "by-slu", LedgerDatabase.Stop)).ShouldBeNull();
    }

    [Fact]
    public async Task The_latest_experiment_of_a_slug_is_meant()
    {
        await Register("twice", "01AAAAAAAAAAAAAAAAAAAAAAA0");
        await Register("twice", "01AAAAAAAAAAAAAAAAAAAAAAA1");

        (await ReadLedger.BySlug(ledger.Store.Source, "twice", LedgerDatabase.Stop)).ShouldBe("01AAAAAAAAAAAAAAAAAAAAAAA1");
    }

    private async Task<string> Register(string slug, string? id = null)
    {
        id ??= Ulid.NewUlid().ToString();
        using var spec = JsonDocument.Parse("{}");
        await ledger.Append($"experiment/{id}", 0, "register", new Registered(slug, "", spec.RootElement, new string('0', 64), "", null));
        return id;
    }
}
