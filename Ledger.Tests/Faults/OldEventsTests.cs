using System.Text;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>
/// A ledger as its first version wrote it: the pinned payloads, put into the tables as text, without what later versions added. Today's store reads
/// it, today's tables are made from it, and reading changes nothing.
/// </summary>
public sealed class OldEventsTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Contracts");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_event_ever_pinned_is_read_and_folded()
    {
        foreach (var kind in EventNames.All.Values.GroupBy(EventNames.KindOf))
            await Insert($"{kind.Key}/OLD", [.. kind]);

        foreach (var kind in EventNames.All.Values.GroupBy(EventNames.KindOf))
        {
            var read = await ledger.Store.Read($"{kind.Key}/OLD", stop: Stop);
            read.Select(e => e.WireName).ShouldBe(kind);
            foreach (var old in read)
                Encoding.UTF8.GetString(Payload.Canonical(old.Data)).ShouldBe(Pinned(old.WireName));
        }

        RunState.Fold("OLD", [.. (await ledger.Store.Read("run/OLD", stop: Stop)).Select(e => (RunEvent)e.Data)]).Steps.Keys.ShouldBe(["base", "clean"]);
        await ledger.Store.Advance(Stop);
        await using var connection = await ledger.Store.Source.OpenConnectionAsync(Stop);
        await ResultTables.CatchUp(connection, Stop);
        (await TableFindings.Of(connection, Stop)).ShouldBeEmpty();
        (await ledger.Scalar<long>("select count(*) from results.runs where run = 'OLD'")).ShouldBe(1);
    }

    private async Task Insert(string stream, IReadOnlyList<string> names)
    {
        await ledger.Execute($"insert into ledger.mt_streams (id, version) values ('{stream}', {names.Count})");
        for (var i = 0; i < names.Count; i++)
        {
            await using var command = ledger.Store.Source.CreateCommand(
                "insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, timestamp) values (nextval('ledger.mt_events_sequence'), gen_random_uuid(), $1, $2, $3::jsonb, $4, now())");
            foreach (var value in (object[])[stream, (long)i + 1, Pinned(names[i]), names[i]])
                command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync(Stop);
        }
    }

    private static string Pinned(string name) => File.ReadAllText(Path.Combine(Folder, $"{name}.json")).TrimEnd('\n');
}
