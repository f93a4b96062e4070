using Ledger.Runner.Runs;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary>Carries runs out side by side while somebody may be watching.</summary>
internal sealed class WatchedRuns(IAnsiConsole console, TimeProvider time)
{
    /// <param name="heading">A line above the progress; null: none.</param>
    /// <param name="seconds">Wall time it is expected to take; 0 where that is not known.</param>
    /// <param name="steps">What carries out the steps of one run, and tells of them.</param>
    public async Task CarryOut(
        Workshop shop, IReadOnlyList<RunRecorder> recorders, string? heading, double seconds, Func<RunRecorder, Action<RunNews>, RunSteps> steps, CancellationToken stop)
    {
        console.WriteLine(RunHeading.Environment(shop));
        if (heading is not null)
            console.WriteLine(heading);
        var open = recorders.Sum(recorder => recorder.State.Steps.Values.Count(step => !step.IsSettled));
        await using var view = new ProgressView(console, new ProgressBoard(recorders.Count, open, seconds, time.GetUtcNow()), time);
        await SideBySide.CarryOut(shop, recorders, recorder => steps(recorder, view.Report), view.Report, stop);
    }
}
