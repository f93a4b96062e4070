using Ledger.Domain;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Replays;
using Ledger.Runner.Terminal;
using MediatR;
using Spectre.Console;

namespace Ledger.Runner.Runs;

/// <summary>
/// Goes on with runs that were stopped, killed or never begun: the same runs, after their last completed step, and within a training after
/// the last checkpoint. Their plans come from the events.
/// </summary>
/// <param name="Runs">Ids.</param>
/// <param name="TakeOver">
/// Also those that another process holds, which may only have stalled: its locks are taken from it, the first event recorded here fences it, and
/// what it still computes is lost.
/// </param>
public sealed record ResumeRuns(IReadOnlyList<string> Runs, bool TakeOver, int? Parallel, TimeSpan StepLimit) : IRequest<ResumeReport>, ICarriesOutRuns
{
    public sealed class Validator : CarriesOutRunsValidator<ResumeRuns>;

    public sealed class Handler(LedgerHome home, WorkshopOpening opening, TimeProvider time, IAnsiConsole console) : IRequestHandler<ResumeRuns, ResumeReport>
    {
        public async Task<ResumeReport> Handle(ResumeRuns command, CancellationToken cancellationToken)
        {
            var states = await Load(command.Runs, cancellationToken);
            var (done, taken) = (new List<RunState>(), new List<RunState>());
            foreach (var alike in states.GroupBy(state => state.Plan.Threads))
            {
                await using var opened = await opening.Open(alike.Key, command.Parallel, command.StepLimit, cancellationToken);
                if (command.TakeOver)
                    await TakeOver(opened.Workshop, alike, cancellationToken);
                var (free, held) = await Held(opened.Workshop, [.. alike], cancellationToken);
                taken.AddRange(held);
                done.AddRange(await CarryOut(opened.Workshop, free, cancellationToken));
            }

            return new ResumeReport(done, taken);
        }

        private async Task<IReadOnlyList<RunState>> Load(IReadOnlyList<string> runs, CancellationToken stop)
        {
            await using var opened = await home.Open(stop);
            var states = new List<RunState>();
            foreach (var run in runs)
            {
                await ReadLedger.MustBeOwn(opened.Store.Source, $"run/{run}", "going on with it", stop);
                states.Add(await PlanRuns.Load(opened.Store, run, stop));
            }

            return states.FirstOrDefault(state => state.IsTerminal) is { } ended
                ? throw new Refused("at-its-end", $"run {ended.Run} is {ended.Status}; there is nothing to go on with", ("run", ended.Run), ("status", $"{ended.Status}"))
                : states;
        }

        /// <summary>A run that another process is carrying out says "running" like one whose process was killed; only its lock tells them apart.</summary>
        private static async Task<(IReadOnlyList<RunState> Free, IReadOnlyList<RunState> Held)> Held(Workshop shop, IReadOnlyList<RunState> states, CancellationToken stop)
        {
            var (free, held) = (new List<RunState>(), new List<RunState>());
            foreach (var state in states)
            {
                var mine = await shop.Locks.TryTake(state.Stream, stop);
                (mine is null ? held : free).Add(state);
                if (mine is not null)
                    await mine.DisposeAsync();
            }

            return (free, held);
        }

        private static async Task TakeOver(Workshop shop, IEnumerable<RunState> states, CancellationToken stop)
        {
            foreach (var state in states)
                await shop.Locks.Break(state.Stream, stop);
        }

        private async Task<IEnumerable<RunState>> CarryOut(Workshop shop, IReadOnlyList<RunState> states, CancellationToken stop)
        {
            if (states.Count == 0)
                return [];
            await shop.CatchUp(stop);
            var recorders = states.Select(state => new RunRecorder(shop.Store, LedgerHome.ActorOf(state.Plan.Experiment, $"resume {state.Run}"), state)).ToList();
            var comparisons = new Dictionary<string, ReplayComparison>(StringComparer.Ordinal);
            foreach (var state in states.Where(state => state.Plan.ReplayOf is not null))
                comparisons[state.Run] = await Comparison(shop, state, stop);
            await new WatchedRuns(console, time).CarryOut(
                shop, recorders, null, 0,
                (recorder, report) => comparisons.GetValueOrDefault(recorder.State.Run) is { } comparison
                    ? new RunSteps(shop, recorder, null, report, comparison)
                    : new RunSteps(shop, recorder, recorder.Equal(shop.Reuse), report),
                stop);
            await shop.CatchUp(CancellationToken.None);
            foreach (var comparison in comparisons.Values)
                comparison.Dispose();
            return recorders.Select(recorder => recorder.State);
        }

        /// <summary>What was asked of the replay is not recorded; it is carried out whole.</summary>
        private static async Task<ReplayComparison> Comparison(Workshop shop, RunState replay, CancellationToken stop) => new(
            await OriginalRun.Load(shop.Store, replay.Plan.ReplayOf!, stop), shop.Store, shop.Artifacts, shop.Environment, new Tolerances(), ReplayVerdict.Identical,
            stopEarly: false, new HashSet<string>(StringComparer.Ordinal));
    }
}

/// <param name="Done">Runs brought to their end.</param>
/// <param name="Taken">Runs that another process is carrying out.</param>
public sealed record ResumeReport(IReadOnlyList<RunState> Done, IReadOnlyList<RunState> Taken)
{
    public bool AnyFailed => Done.Any(run => run.Status == RunStatus.Failed);
}
