using System.Diagnostics;
using System.Globalization;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Store;
using Ledger.Runner.Seals;
using Npgsql;

namespace Ledger.Runner.Bench.Jepsen;

/// <summary>All findings of one verification; the reading side has it.</summary>
/// <param name="since">Path of a seal kept earlier; null: a whole verification.</param>
public delegate Task<IReadOnlyList<Finding>> VerifyOnce(NpgsqlDataSource source, string artifactFolder, string? since, CancellationToken stop);

/// <summary>
/// Whether the ledger keeps what it acknowledged while Postgres loses its server processes: writers append, sealers seal and a verifier verifies, each
/// with connections of its own, and a killer ends one server process after the other. Clients remember every answer they got. Afterwards
/// each acknowledged event is there once, as it was sent, nothing else is, and every seal handed out holds.
/// <para>What clients do and whom the killer draws follows from the seed; how they meet is chance. This is no proof of serializability: the
/// histories checked are those of streams with one writer, and of one stream to which all append.</para>
/// </summary>
public sealed class JepsenBench(VerifyOnce verify)
{
    private const int Writers = 8, Sealers = 2;

    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);

    /// <summary>Prints how far it came, violations, and a line at the end.</summary>
    /// <param name="kills">Server processes ended; every tenth by SIGKILL, after which Postgres recovers as after a crash.</param>
    /// <returns>Whether everything held.</returns>
    public async Task<bool> Run(int kills, int seed, TextWriter output, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        using var told = new Told();
        await using var ledger = new ScratchLedger();
        await using var postgres = await ledger.Use(stop);
        var connection = await ledger.Database(stop);
        var home = new LedgerHome(connection, ledger.Place, TimeProvider.System, _ => { }, ledger.Folder.Location);
        await home.Migrate(roles: false, stop);
        await Disturbed(home, new BackendKiller(ledger, connection, new Random(seed), told, output), kills, seed, told, stop);
        var violations = told.Violations.Concat(await Afterwards(home, told, stop)).ToList();
        foreach (var violation in violations)
            await output.WriteLineAsync($"FAIL {violation}");
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"jepsen, {told.Kills} kills ({told.Crashes} of them SIGKILL) with seed {seed} in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s: {told}, {violations.Count} violations: {(violations.Count == 0 ? "holds" : "BROKEN")}"));
        return violations.Count == 0;
    }

    private async Task Disturbed(LedgerHome home, BackendKiller killer, int kills, int seed, Told told, CancellationToken stop)
    {
        // Ends the clients; what one of them has begun it brings to its end.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var world = await SharedWorld.Make(home, stop);
        var sealings = new List<(LedgerStore Store, Sealing Sealing)>();
        for (int i = 0; i < Sealers; i++)
        {
            var store = LedgerStore.Open(home.External!, TimeProvider.System);
            sealings.Add((store, await Sealing.Open(home, store, [], stop)));
        }

        IEnumerable<(string Who, Func<Task> Work)> clients =
        [
            .. Enumerable.Range(1, Writers).Select(i => ($"writer {i}", (Func<Task>)(() => new WritingClient($"{i}", home, world, new Random(unchecked((seed * 100) + i)), told).Write(over.Token, stop)))),
            .. sealings.Select((one, i) => ($"sealer {i + 1}", (Func<Task>)(() => new SealingClient(one.Sealing, told).Seal(over.Token, stop)))),
            ("verifier", () => new VerifyingClient(home, verify, new Random(seed), told).Verify(over.Token, stop)),
        ];
        var work = clients.Select(client => Task.Run(() => Watched(client.Who, client.Work, told, over))).ToList();
        await Watched("killer", async () =>
        {
            await killer.Kill(kills, over.Token, stop);
            await Task.WhenAny(Task.Delay(Calm, stop), Task.WhenAll(work));
        }, told, over);
        await over.CancelAsync();
        await Task.WhenAll(work);
        stop.ThrowIfCancellationRequested();
        foreach (var (store, sealing) in sealings)
        {
            sealing.Dispose();
            await store.DisposeAsync();
        }
    }

    /// <summary>A client that meets with anything but a lost server is a violation, and ends the rest.</summary>
    private static async Task Watched(string who, Func<Task> work, Told told, CancellationTokenSource over)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is not OperationCanceledException || !over.IsCancellationRequested)
        {
            told.Violation($"{who} failed: {e}");
            await over.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // Stopped from outside.
        }
    }

    private async Task<IReadOnlyList<string>> Afterwards(LedgerHome home, Told told, CancellationToken stop)
    {
        await using var store = LedgerStore.Open(home.External!, TimeProvider.System);
        using var sealing = await Sealing.Open(home, store, [], stop);
        told.Sealed(await sealing.Seal(stop));
        var violations = new List<string>(await HeldAgainstTold.Violations(store, told, stop));
        foreach (var since in told.SealFiles(home.ArtifactFolder).Take(1).Prepend(null))
            violations.AddRange(VerifyingClient.Broken(await verify(store.Source, home.ArtifactFolder, since, stop), since));
        return violations;
    }
}
