using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

public sealed class SealerTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly LedgerDatabase _ledger = new(postgres);
    private SigningKey? _key;
    private string _origin = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Sealer Sealer => new(_ledger.Store, _origin, _key!);

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _origin = (await Migrate.State(_ledger.Store.Source, Stop)).Origin!;
        _key = SigningKey.Generate($"ledger/{_origin}");
    }

    public async ValueTask DisposeAsync()
    {
        _key?.Dispose();
        await _ledger.DisposeAsync();
    }

    [Fact]
    public async Task A_seal_is_the_root_over_the_envelopes_of_all_events_signed()
    {
        await Append("run/a", 700);

        var seal = await Sealer.CatchUp(Stop);

        seal.Head.ShouldBe(new TreeHead($"ledger/{_origin}", 703, await Root()));
        seal.Fault(_key!.Verifier).ShouldBeNull();
        Seal.Parse(await _ledger.Scalar<string>("select note from ledger_log.seals")).Text.ShouldBe(seal.Text);
    }

    [Fact]
    public async Task Sealing_again_gives_the_same_seal_and_goes_on_from_it()
    {
        await Append("run/a", 300);
        var first = await Sealer.CatchUp(Stop);

        (await Sealer.CatchUp(Stop)).Text.ShouldBe(first.Text);
        await Append("run/b", 300);
        var second = await Sealer.CatchUp(Stop);

        (await _ledger.Scalar<long>("select count(*) from ledger_log.seals")).ShouldBe(2);
        second.Head.ShouldBe(new TreeHead($"ledger/{_origin}", 603, await Root()));
        (await _ledger.Scalar<long>("select count(*) from ledger_log.tiles")).ShouldBe(2);
    }

    [Fact]
    public async Task Every_event_can_be_proven_from_what_is_stored()
    {
        await Append("run/a", 1100);
        var seal = await Sealer.CatchUp(Stop);
        await using var connection = await _ledger.Store.Source.OpenConnectionAsync(Stop);
        var latest = (await StoredSeals.Latest(connection, _origin, Stop))!;
        var leaves = await Leaves();

        foreach (long index in (long[])[0, 1, 254, 255, 256, 257, 511, 512, 1023, 1024, 1101, 1102])
        {
            var node = await new StoredTiles(connection, latest).Nodes(InclusionProof.Needed(index, latest.Size).SelectMany(nodes => nodes), Stop);
            InclusionProof.Fault(leaves[(int)index], index, latest.Size, InclusionProof.Of(index, latest.Size, node), seal.Head.Root).ShouldBeNull($"leaf {index}");
        }
    }

    [Fact]
    public async Task Sealers_and_writers_side_by_side_make_one_tree()
    {
        var writers = Enumerable.Range(0, 4).Select(i => Append($"run/w{i}", 150, perSave: 10)).ToArray();
        var sealing = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!writers.All(writer => writer.IsCompleted))
                await Sealer.CatchUp(Stop);
        })).ToArray();
        await Task.WhenAll([.. writers, .. sealing]);

        (await Sealer.CatchUp(Stop)).Head.ShouldBe(new TreeHead($"ledger/{_origin}", 603, await Root()));
        await EverySealHolds();
    }

    [Fact]
    public async Task What_is_rolled_back_or_committed_late_has_no_part_in_a_seal_before_it_is_there()
    {
        await using var late = await _ledger.Store.Source.OpenConnectionAsync(Stop);
        await using var transaction = await late.BeginTransactionAsync(Stop);
        await Insert(late, "run/late");
        await using (var lost = await _ledger.Store.Source.OpenConnectionAsync(Stop))
        await using (var undone = await lost.BeginTransactionAsync(Stop))
        {
            await Insert(lost, "run/lost");
            await undone.RollbackAsync(Stop);
        }

        await Append("run/a", 5);
        var before = await Sealer.CatchUp(Stop);
        await transaction.CommitAsync(Stop);
        var after = await Sealer.CatchUp(Stop);

        (before.Head.Size, after.Head.Size).ShouldBe((8, 9));
        (await _ledger.Scalar<string>("select stream from ledger_log.log where position = 9")).ShouldBe("run/late");
        await EverySealHolds();
    }

    [Fact]
    public async Task A_tree_that_was_changed_since_is_not_signed()
    {
        await Append("run/a", 3);
        await Sealer.CatchUp(Stop);
        await _ledger.Execute("alter table ledger_log.seals disable trigger user; update ledger_log.seals set tail = decode(repeat('00', 32), 'hex') || substring(tail from 33)");
        await Append("run/b", 1);

        (await Should.ThrowAsync<UnsoundTree>(() => Sealer.CatchUp(Stop))).ExitCode.ShouldBe(4);
    }

    [Fact]
    public async Task An_event_that_is_gone_is_not_sealed_over()
    {
        await Append("run/a", 3);
        await _ledger.Store.Advance(Stop);
        await _ledger.Execute("alter table ledger.mt_events disable trigger user; delete from ledger.mt_events where seq_id = (select seq_id from ledger_log.log where position = 5)");

        (await Should.ThrowAsync<MissingEntry>(() => Sealer.CatchUp(Stop))).Message.ShouldContain("Position 5 ");
    }

    private async Task Append(string stream, int events, int perSave = 100)
    {
        for (int version = 0; version < events; version += perSave)
            await _ledger.Append(stream, version, $"{version}", [.. Enumerable.Range(version, Math.Min(perSave, events - version)).Select(n => new Paused($"reason {n}"))]);
    }

    private static async Task Insert(NpgsqlConnection connection, string stream)
    {
        await using var command = new NpgsqlCommand(
            $$"""
            insert into ledger.mt_streams (id, version) values ('{{stream}}', 1);
            insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers)
            values (nextval('ledger.mt_events_sequence'), '{{EventId.Of(stream, "late", 0)}}', '{{stream}}', 1, '{"reason": "x"}', 'run.paused.v1', now(), 'Ledger.Domain.Runs.Paused, Ledger.Domain', '{}')
            """, connection);
        await command.ExecuteNonQueryAsync(Stop);
    }

    private async Task<IReadOnlyList<ContentHash>> Leaves()
    {
        await using var connection = await _ledger.Store.Source.OpenConnectionAsync(Stop);
        var entries = await new EntryReader(_origin, isOwn: true).Read(connection, 0, 100_000, Stop);
        return [.. entries.Select(one => MerkleHash.Leaf(one.Entry.Envelope()))];
    }

    private async Task<ContentHash> Root(long? size = null)
    {
        var tree = new MerkleFrontier();
        foreach (var leaf in (await Leaves()).Take((int)(size ?? int.MaxValue)))
            tree.Append(leaf);
        return tree.Root();
    }

    private async Task EverySealHolds()
    {
        foreach (string note in await _ledger.Column<string>("select note from ledger_log.seals order by size"))
            Seal.Parse(note).Head.Root.ShouldBe(await Root(Seal.Parse(note).Head.Size));
    }
}
