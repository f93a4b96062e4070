using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Store;
using Ledger.Runner.Data;
using Ledger.Runner.Environments;
using Ledger.Runner.Executor;
using Ledger.Runner.Seals;
using Ledger.Runner.Steps;
using Npgsql;

namespace Ledger.Runner.Runs;

/// <summary>
/// Opens the ledger, starts a first executor to learn the environment's class, and puts a workshop together. From here until it is closed nobody
/// deletes artifacts; while somebody does, it waits.
/// </summary>
/// <param name="home">Where the ledger is.</param>
/// <param name="fold">Brings the results tables up to the ledger's head.</param>
/// <param name="checkpointEvery">The shortest time between two checkpoints of a training; null: half a minute.</param>
public sealed class WorkshopOpening(LedgerHome home, DatasetCatalog catalog, FoldTables fold, TimeProvider time, TimeSpan? checkpointEvery = null)
{
    private static readonly TimeSpan HalfAMinute = TimeSpan.FromSeconds(30), FreshFor = TimeSpan.FromSeconds(2);

    /// <param name="threads">Threads per run; part of the environment's class.</param>
    /// <param name="parallel">Executors; null: as many as the cores allow at that thread count.</param>
    public async Task<OpenedWorkshop> Open(int threads, int? parallel, TimeSpan stepLimit, CancellationToken stop)
    {
        var opened = await home.Open(stop);
        var locks = new KeyLocks(opened.Store.Source);
        var caughtUp = long.MinValue / 2;
        var executors = new ExecutorPool(
            new ExecutorSettings(threads), parallel ?? Math.Max(1, Environment.ProcessorCount / threads), Path.Combine(home.Folder.Location, "log"));
        Sealing? sealing = null;
        try
        {
            await locks.Share(KeyLocks.Artifacts, stop);
            sealing = await Sealing.Open(home, opened.Store, LedgerHome.SealTo, stop);
            var environment = EnvironmentCapture.WithChanges(await EnvironmentOf(executors, stop), AppContext.BaseDirectory, opened.Artifacts);
            var pins = new DatasetPins(catalog);
            var workshop = new Workshop(
                opened.Store, opened.Artifacts, executors, environment,
                new StepIdentities(environment.Class.Digest().ToString(), Fingerprints.Of, pins),
                pins, locks, new StepReuse(opened.Store, opened.Artifacts), CatchUp, IsFresh, sealing.Seal, time, stepLimit, checkpointEvery ?? HalfAMinute);
            return new OpenedWorkshop(workshop, opened, executors, sealing);
        }
        catch
        {
            sealing?.Dispose();
            await executors.DisposeAsync();
            await locks.DisposeAsync();
            await opened.DisposeAsync();
            throw;
        }

        bool IsFresh() => time.GetElapsedTime(Interlocked.Read(ref caughtUp)) < FreshFor;

        async Task CatchUp(CancellationToken cancel)
        {
            var began = time.GetTimestamp();
            await opened.Store.Advance(cancel);
            await Faults.Persist(
                "folding the results",
                async _ =>
                {
                    await fold(opened.Store.Source, cancel);
                    return true;
                },
                cancel);
            Interlocked.Exchange(ref caughtUp, began);
        }
    }

    private static async Task<EnvironmentFacts> EnvironmentOf(ExecutorPool executors, CancellationToken stop)
    {
        try
        {
            await using var lease = await executors.Lend(stop);
            return lease.Executor.Environment;
        }
        catch (StepFailure down)
        {
            throw new ExecutorDown(down, executors.LogFile);
        }
    }
}

/// <summary>The process that computes steps did not come up, so that nothing was begun. Exit code 1.</summary>
public sealed class ExecutorDown(StepFailure cause, string log) : LedgerException(
    "executor-down",
    1,
    $"The process that computes steps did not come up ({cause.Code}): {cause.Message}\nNothing was begun. What it printed is at the end of {log}; give the command again when that is mended.",
    cause);

/// <summary>Folds what is new into the results tables; they belong to the reading side, which the composition root brings in.</summary>
public delegate Task FoldTables(NpgsqlDataSource source, CancellationToken stop);

/// <summary>A workshop with what must be closed after it.</summary>
public sealed record OpenedWorkshop(Workshop Workshop, OpenedHome Home, ExecutorPool Executors, Sealing Sealing) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Executors.DisposeAsync();
        await Workshop.Locks.DisposeAsync();
        Sealing.Dispose();
        await Home.DisposeAsync();
    }
}
