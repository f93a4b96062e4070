using System.Diagnostics;
using System.Globalization;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Origin;
using Ledger.Domain.Store;
using Ledger.Query.Evidence;
using Npgsql;

namespace Ledger.Query.Bench;

/// <summary>One figure against what it has to be.</summary>
/// <param name="Holds">Null: no floor was asked for.</param>
public sealed record VerifyFigure(string Figure, string Measured, string Floor, bool? Holds);

/// <summary>
/// What evidence costs: events verified beside hashing the same bytes alone, sealing beside appending, a proof out of a large log, artifacts
/// beside sha256sum. Each figure and its floor are taken in one run; rates of different runs say nothing.
/// </summary>
/// <param name="connectionString">A migrated ledger without experiments, which is filled.</param>
/// <param name="folder">For artifacts; empty.</param>
public sealed class VerifyBench(string connectionString, string folder, TextWriter output)
{
    private const int Rounds = 3, Proofs = 300, InMemory = 200_000;

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(connectionString);

    /// <param name="events">At least so many.</param>
    public async Task<IReadOnlyList<VerifyFigure>> Run(int events, CancellationToken stop)
    {
        await using var store = LedgerStore.Open(connectionString, TimeProvider.System);
        string origin = (await Migrate.State(_source, stop)).Origin!;
        using var key = SigningKey.Generate($"ledger/{origin}");
        var actor = new Actor(origin, "bench", "bench", "bench", "bench");
        await store.AppendShared($"ledger/{origin}", "key", [new KeyIntroduced(key.Verifier.Id, Convert.ToBase64String(key.Verifier.PublicKey.Span), null)], actor, stop);
        long head = await Fill(events, stop);
        var sealer = new Sealer(store, origin, key);
        double sealing = await Timed.Seconds(() => sealer.CatchUp(stop));
        var figures = new List<VerifyFigure>();
        Tell(figures, new VerifyFigure($"sealing {head:N0} events at once", $"{head / sealing:N0} events/s", "", null));
        Tell(figures, await Events(origin, head, stop));
        Tell(figures, await Whole(head, stop));
        Tell(figures, await Proof(origin, head, stop));
        Tell(figures, await SealingBench.Run(store, sealer, actor, stop));
        Tell(figures, await Artifacts(stop));
        return figures;
    }

    private async Task<long> Fill(int events, CancellationToken stop)
    {
        await using var connection = await _source.OpenConnectionAsync(stop);
        long head = 0;
        double seconds = await Timed.Seconds(async () => head = await FillLedger.With(connection, events, stop));
        output.WriteLine($"{head:N0} events written in {seconds:0.0} s");
        return head;
    }

    /// <summary>From rows to the root: reading, canonical JSON, SHA-256, what each event says of itself; beside SHA-256 alone over the same bytes.</summary>
    private async Task<VerifyFigure> Events(string origin, long head, CancellationToken stop)
    {
        await using var connection = await _source.OpenConnectionAsync(stop);
        var latest = await StoredSeals.Latest(connection, origin, stop);
        byte[][] envelopes = [.. (await new EntryReader(origin, isOwn: true).Read(connection, 0, InMemory, stop)).Select(one => one.Entry.Envelope())];
        double verify = double.PositiveInfinity, hash = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            verify = Math.Min(verify, await Timed.Seconds(async () =>
            {
                var found = await new TreeAudit(_source, origin, isOwn: true, latest).Of(head, new HashSet<long> { head }, 0, _ => true, _ => { }, stop);
                if (found.Findings.Count > 0 || found.Roots[head] != latest!.Root)
                    throw new InvalidOperationException($"The generated ledger is not sound: {string.Join('\n', found.Findings.Take(5))}");
            }) / head);
            hash = Math.Min(hash, await Timed.Seconds(() =>
            {
                Parallel.ForEach(envelopes, envelope => MerkleHash.Leaf(envelope));
                return Task.CompletedTask;
            }) / envelopes.Length);
        }

        return new VerifyFigure(
            "events verified", string.Create(CultureInfo.InvariantCulture, $"{1 / verify:N0} events/s of {envelopes.Average(envelope => envelope.Length):N0} bytes, {hash / verify:0.00} of SHA-256 alone ({1 / hash:N0}/s)"),
            "150,000 events/s", 1 / verify >= 150_000);
    }

    private async Task<VerifyFigure> Whole(long head, CancellationToken stop)
    {
        var place = new LedgerPlace(connectionString, folder);
        Verification? found = null;
        double seconds = await Timed.Seconds(async () => found = await new VerifyLedger.Handler(_source, place).Handle(new VerifyLedger(), stop));
        return new VerifyFigure(
            "whole verification, with the questions to the database", string.Create(CultureInfo.InvariantCulture, $"{head / seconds:N0} events/s; {found!.Findings.Count(f => f.Severity == Domain.Evidence.Audit.Severity.Broken)} broken"), "", null);
    }

    private async Task<VerifyFigure> Proof(string origin, long head, CancellationToken stop)
    {
        await using var connection = await _source.OpenConnectionAsync(stop);
        var random = new Random(1);
        var times = new List<double>();
        for (int i = 0; i < Proofs; i++)
        {
            long index = random.NextInt64(head);
            times.Add(1000 * await Timed.Seconds(async () =>
            {
                var seal = (await StoredSeals.Covering(connection, origin, index + 1, stop))!;
                var entry = (await new EntryReader(origin, isOwn: true).Read(connection, index, index + 1, stop))[0].Entry;
                var node = await new StoredTiles(connection, seal).Nodes(InclusionProof.Needed(index, seal.Size).SelectMany(nodes => nodes), stop);
                if (InclusionProof.Fault(new LeafHasher().Leaf(entry), index, seal.Size, InclusionProof.Of(index, seal.Size, node), seal.Root) is { } fault)
                    throw new InvalidOperationException(fault);
            }));
        }

        double median = times.Order().ElementAt(Proofs / 2), p95 = times.Order().ElementAt(Proofs * 95 / 100);
        return new VerifyFigure($"inclusion proof in a log of {head:N0}", string.Create(CultureInfo.InvariantCulture, $"{median:0.00} ms, 95 % within {p95:0.00} ms"), "5 ms", median < 5);
    }

    /// <summary>As many sha256sum side by side as there are cores, over the same files in the page cache.</summary>
    private async Task<VerifyFigure> Artifacts(CancellationToken stop)
    {
        const int Files = 64, Size = 8 << 20;
        var store = new ArtifactStore(folder);
        var random = new Random(1);
        var named = Enumerable.Range(0, Files).Select(_ =>
        {
            byte[] bytes = new byte[Size];
            random.NextBytes(bytes);
            var stored = store.Put(bytes);
            return new NamedArtifact(stored.Hash.ToString(), stored.Size, 1, "bench", "weights", null);
        }).ToList();
        string command = $"find '{folder}/objects' -type f -print0 | xargs -0 -P {Environment.ProcessorCount} -n {Files / Environment.ProcessorCount / 4} sha256sum > /dev/null";
        double ours = double.PositiveInfinity, theirs = double.PositiveInfinity;
        for (int round = 0; round <= Rounds; round++)
        {
            ours = Math.Min(ours, await Timed.Seconds(() => ArtifactAudit.Of(store, named, _ => { }, stop)));
            theirs = Math.Min(theirs, await Timed.Seconds(() => Process.Start("/bin/sh", ["-c", command]).WaitForExitAsync(stop)));
        }

        double megabytes = Files * (double)Size / 1e6;
        return new VerifyFigure(
            "artifacts verified", string.Create(CultureInfo.InvariantCulture, $"{megabytes / ours:N0} MB/s, {theirs / ours:0.00} of sha256sum ({megabytes / theirs:N0} MB/s)"), "0.80 of sha256sum", theirs / ours >= 0.8);
    }

    private void Tell(List<VerifyFigure> figures, VerifyFigure figure)
    {
        figures.Add(figure);
        output.WriteLine($"{figure.Figure}: {figure.Measured}{(figure.Holds is { } holds ? $"; floor {figure.Floor}: {(holds ? "holds" : "BROKEN")}" : "")}");
    }
}
