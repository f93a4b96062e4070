using Ledger.Domain;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Runs;

/// <summary>Carries out several runs at once. What one does never changes what another computes, only when.</summary>
public static class SideBySide
{
    /// <summary>
    /// More runs are begun than there are executors, because some wait for a step that another is computing; not all of a
    /// large study, because each that waits holds a connection.
    /// </summary>
    private const int BegunPerExecutor = 8;

    /// <summary>The plans are sealed, and the seal published, before any run begins, and each run at its end. Returns when every run is at its end; when stopped, pauses those that are not and throws. What stops one run stops all: they share its disk.</summary>
    /// <param name="steps">What carries out the steps of one run.</param>
    public static async Task CarryOut(
        Workshop shop, IReadOnlyList<RunRecorder> recorders, Func<RunRecorder, RunSteps> steps, Action<RunNews> report, CancellationToken stop)
    {
        await shop.Seal(stop);
        using var places = new SemaphoreSlim(shop.Executors.Size * BegunPerExecutor);
        using var all = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var begun = new List<Task>();
        foreach (var recorder in recorders.OrderBy(recorder => recorder.State.WithinTraining is null))
            begun.Add(CarryOut(shop, recorder, steps(recorder), places, report, await Reserve(shop, recorder.State), all));
        await Task.WhenAll(begun);
    }

    /// <summary>Whoever was stopped within a training can go on from its checkpoint; a run that came to its key first would begin anew.</summary>
    private static async Task<Reservation?> Reserve(Workshop shop, RunState run) =>
        run.WithinTraining is { } key && await shop.Locks.TryTake(key, CancellationToken.None) is { } held ? new Reservation(key, held) : null;

    private static async Task CarryOut(
        Workshop shop, RunRecorder recorder, RunSteps steps, SemaphoreSlim places, Action<RunNews> report, Reservation? reserved, CancellationTokenSource all)
    {
        var stop = all.Token;
        await using var reservation = reserved;
        await places.WaitAsync(stop);
        try
        {
            await using var owned = await Own(shop, recorder, stop);
            await recorder.Record(run => RunDecisions.Begin(run, shop.Environment, LedgerHome.Worker));
            await steps.CarryOut(reservation, stop);
            // It is at its end: whoever stops the command now does not stop it.
            await shop.Seal(CancellationToken.None);
            report(new RunEnded(recorder.State.Plan.Number, recorder.State.Status.ToString().ToLowerInvariant(), recorder.State.Flags));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Pause(recorder, "interrupted", report);
            throw;
        }
        catch (RunStopped stopped)
        {
            await all.CancelAsync();
            await Pause(recorder, stopped.Code, report);
            throw;
        }
        finally
        {
            places.Release();
        }
    }

    private static async Task Pause(RunRecorder recorder, string reason, Action<RunNews> report)
    {
        await recorder.Record(run => RunDecisions.Pause(run, reason));
        report(new RunEnded(recorder.State.Plan.Number, "paused", 0));
    }

    /// <summary>A courtesy that tells a second command early; the fence is the stream's version.</summary>
    private static async Task<IAsyncDisposable> Own(Workshop shop, RunRecorder recorder, CancellationToken stop) =>
        await shop.Locks.TryTake(recorder.State.Stream, stop)
        ?? throw new Refused(
            "run-taken",
            $"{recorder.State.Stream} is being carried out by another process ({recorder.State.Worker}); wait for it, or stop it first.",
            [("run", recorder.State.Stream)]);
}
