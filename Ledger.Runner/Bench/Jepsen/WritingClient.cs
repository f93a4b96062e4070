using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;

namespace Ledger.Runner.Bench.Jepsen;

/// <summary>What all writers share: an experiment, and a run on which all of them remark.</summary>
internal sealed record SharedWorld(string Experiment, string Review)
{
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    public static async Task<SharedWorld> Make(LedgerHome home, CancellationToken stop)
    {
        await using var store = LedgerStore.Open(home.External!, TimeProvider.System);
        var world = new SharedWorld($"{Ulid.NewUlid()}", $"review/{Ulid.NewUlid()}");
        var digest = $"{CanonicalSpec.Digest(Empty)}";
        await store.Append($"experiment/{world.Experiment}", 0, "register", [new Registered("jepsen", "", Empty, digest, "", null)], LedgerHome.ActorOf(world.Experiment, "jepsen"), stop);
        return world;
    }

    public Planned Plan(int number) => new(
        Experiment, $"{CanonicalSpec.Digest(Empty)}", number, new Dictionary<string, string>(), number, 1,
        [new PlannedStep("base", "train", Empty, new Dictionary<string, string>(), ["base"])]);
}

/// <summary>
/// Appends, one command after the other, to a run that only it writes to, each expecting the version it was told last, and now and then to the
/// stream that all share. A command whose outcome it does not know it gives again, as a person would, until it has an answer.
/// </summary>
internal sealed class WritingClient(string name, LedgerHome home, SharedWorld world, Random random, Told told)
{
    private const int MostAtOnce = 4, TriesOfACommand = 20;

    private readonly Actor actor = LedgerHome.ActorOf(world.Experiment, $"jepsen {name}");
    private int commands, runs, epochs;

    public async Task Write(CancellationToken over, CancellationToken stop)
    {
        await using var store = LedgerStore.Open(home.External!, TimeProvider.System);
        var (stream, version) = ("", 0L);
        while (!over.IsCancellationRequested)
        {
            if (version == 0 || random.Next(25) == 0)
                version = await Own(store, stream = $"run/{Ulid.NewUlid()}", 0, [world.Plan(++runs)], stop);
            else if (random.Next(4) == 0)
                await Shared(store, stop);
            else
                version = await Own(store, stream, version, [.. Enumerable.Range(0, random.Next(MostAtOnce) + 1).Select(_ => Epoch())], stop);
        }
    }

    private async Task<long> Own(LedgerStore store, string stream, long expected, IReadOnlyList<object> events, CancellationToken stop)
    {
        var command = $"{name}/{++commands}";
        var batch = await Answered(() => store.Append(stream, expected, command, events, actor, stop));
        if (batch.Version != expected + events.Count)
            told.Violation($"{stream}: {events.Count} events after version {expected} were acknowledged at version {batch.Version}");
        told.Acknowledge(batch, events);
        return batch.Version;
    }

    private async Task Shared(LedgerStore store, CancellationToken stop)
    {
        var command = $"{name}/{++commands}";
        IReadOnlyList<object> events = [new Annotated($"writer {name}, command {commands}")];
        told.Acknowledge(await Answered(() => store.AppendShared(world.Review, command, events, actor, stop)), events);
    }

    private async Task<AppendedBatch> Answered(Func<Task<AppendedBatch>> append)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await append();
            }
            catch (Unavailable) when (tries < TriesOfACommand)
            {
                told.GivenAgain();
            }
        }
    }

    private EpochCompleted Epoch() => new("base", ++epochs, 1.0 / epochs, random.NextDouble(), 0.1, $"{ContentHash.Of([(byte)epochs])}", 60_000, random.NextDouble());
}
