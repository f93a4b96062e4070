using System.Globalization;
using Ledger.Domain.Store;

namespace Ledger.Query.Bench;

/// <summary>What a sealer beside the appending costs it.</summary>
internal static class SealingBench
{
    /// <summary>The same appending, with positions given once a second, and with a seal made once a second, which also gives them.</summary>
    public static async Task<VerifyFigure> Run(LedgerStore store, Sealer sealer, Actor actor, CancellationToken stop)
    {
        const int Turns = 8, Saves = 400, PerSave = 100;
        object[] events = [.. Enumerable.Range(1, PerSave).Select(epoch => new Domain.Runs.EpochCompleted("base", epoch, 0.25, 0.9, 0.01, new string('a', 64), 60_000, 12.5))];
        int stream = 0;
        var (alone, beside) = (new List<double>(), new List<double>());
        for (int turn = 0; turn <= Turns; turn++)
        {
            double without = await Beside(store.Advance), with = await Beside(sealer.CatchUp);
            if (turn > 0)
                (alone, beside) = ([.. alone, without], [.. beside, with]);
        }

        double ratio = Timed.Median(beside) / Timed.Median(alone);
        return new VerifyFigure(
            "appending with a sealer beside it", string.Create(CultureInfo.InvariantCulture, $"{Saves * PerSave / Timed.Median(beside):N0} events/s, {Saves * PerSave / Timed.Median(alone):N0} without: {100 * (ratio - 1):+0.0;-0.0} %"),
            "+3 %", ratio <= 1.03);

        // Each begins with everything sealed, so that what is sealed beside it is its own.
        async Task<double> Beside(Func<CancellationToken, Task> everySecond)
        {
            await sealer.CatchUp(stop);
            using var done = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var other = Task.Run(() => EverySecond(everySecond, done.Token), stop);
            double seconds = await Timed.Seconds(Append);
            await done.CancelAsync();
            await other;
            return seconds;
        }

        async Task Append()
        {
            string run = $"run/bench-{stream++}";
            for (int save = 0; save < Saves; save++)
                await store.Append(run, save * PerSave, $"{save}", events, actor, stop);
        }
    }

    private static async Task EverySecond(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        try
        {
            for (; ; await Task.Delay(1000, stop))
                await work(stop);
        }
        catch (OperationCanceledException)
        {
            // The appending beside it is done.
        }
    }
}
