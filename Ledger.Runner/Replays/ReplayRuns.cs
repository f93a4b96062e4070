using FluentValidation;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Runner.Runs;
using Ledger.Runner.Terminal;
using MediatR;
using Spectre.Console;

namespace Ledger.Runner.Replays;

/// <summary>
/// Carries runs out again, each as a new run whose plan is that in the events of the old one, and records how they compare. Nothing is
/// taken over from what was there before; replays of one command that share a step compute it once.
/// </summary>
/// <param name="Runs">Ids of the originals.</param>
/// <param name="Step">Only this step of the run, and what it depends on; null: all.</param>
/// <param name="Asked">The level that is to hold.</param>
/// <param name="StopEarly">Whether to stop a replay where it no longer can.</param>
public sealed record ReplayRuns(
    IReadOnlyList<string> Runs, string? Step, ReplayVerdict Asked, Tolerances Tolerances, bool StopEarly, int? Parallel, TimeSpan StepLimit) : IRequest<ReplayReport>, ICarriesOutRuns
{
    public sealed class Validator : CarriesOutRunsValidator<ReplayRuns>
    {
        public Validator()
        {
            RuleFor(command => command.Runs).NotEmpty().WithMessage("at least one run that has come to its end");
            RuleFor(command => command.Asked).Must(asked => asked <= ReplayVerdict.Close).WithMessage("exact or close");
            RuleFor(command => command.Tolerances.Fraction).InclusiveBetween(0, 1).OverridePropertyName("--tolerance");
        }
    }

    public sealed class Handler(LedgerHome home, WorkshopOpening opening, TimeProvider time, IAnsiConsole console) : IRequestHandler<ReplayRuns, ReplayReport>
    {
        public async Task<ReplayReport> Handle(ReplayRuns command, CancellationToken cancellationToken)
        {
            var originals = await Load(command.Runs, cancellationToken);
            // A step that one of them does not have is refused before anything is recorded.
            foreach (var original in originals)
                original.Plan(command.Step);
            var replays = new List<Replayed>();
            foreach (var alike in originals.GroupBy(original => original.State.Plan.Threads))
                replays.AddRange(await CarryOut(command, [.. alike], alike.Key, cancellationToken));
            return new ReplayReport(command.Asked, replays);
        }

        private async Task<IReadOnlyList<OriginalRun>> Load(IReadOnlyList<string> runs, CancellationToken stop)
        {
            await using var opened = await home.Open(stop);
            var originals = new List<OriginalRun>();
            foreach (var run in runs)
                originals.Add(await OriginalRun.Load(opened.Store, run, stop));
            return originals;
        }

        private async Task<IEnumerable<Replayed>> CarryOut(ReplayRuns command, IReadOnlyList<OriginalRun> originals, int threads, CancellationToken stop)
        {
            await using var opened = await opening.Open(threads, command.Parallel, command.StepLimit, stop);
            var shop = opened.Workshop;
            var replays = new List<(RunRecorder Recorder, OriginalRun Original)>();
            foreach (var original in originals)
                replays.Add((await Plan(shop, original, command.Step, stop), original));
            await shop.Store.Advance(stop);

            var siblings = replays.Select(replay => replay.Recorder.State.Run).ToHashSet(StringComparer.Ordinal);
            var comparisons = replays.ToDictionary(replay => replay.Recorder, replay => new ReplayComparison(
                replay.Original, shop.Store, shop.Artifacts, shop.Environment, command.Tolerances, command.Asked, command.StopEarly, siblings));
            try
            {
                await CarryOut(shop, comparisons, siblings, stop);
            }
            finally
            {
                foreach (var comparison in comparisons.Values)
                    comparison.Dispose();
            }

            await shop.CatchUp(CancellationToken.None);
            return replays.Select(replay => new Replayed(replay.Original.State, replay.Recorder.State, comparisons[replay.Recorder].Judged!));
        }

        private Task CarryOut(Workshop shop, Dictionary<RunRecorder, ReplayComparison> comparisons, HashSet<string> siblings, CancellationToken stop)
        {
            FindEqual? equal = siblings.Count > 1 ? (key, cancel) => shop.Reuse.Find(key, siblings, cancel) : null;
            var seconds = comparisons.Values.Sum(comparison => comparison.Original.Seconds) / shop.Executors.Size;
            return new WatchedRuns(console, time).CarryOut(
                shop, [.. comparisons.Keys], null, seconds, (recorder, report) => new RunSteps(shop, recorder, equal, report, comparisons[recorder]), stop);
        }

        private static async Task<RunRecorder> Plan(Workshop shop, OriginalRun original, string? step, CancellationToken stop)
        {
            var planned = original.Plan(step);
            var actor = LedgerHome.ActorOf(planned.Experiment, $"replay {original.State.Run}");
            var run = Ulid.NewUlid(shop.Time.GetUtcNow()).ToString();
            await shop.Store.Append($"run/{run}", 0, "plan", [.. RunDecisions.Plan(planned)], actor, stop);
            return new RunRecorder(shop.Store, actor, RunState.First(run, planned));
        }
    }
}

/// <summary>One replay with its verdict.</summary>
public sealed record Replayed(RunState Original, RunState Replay, ReplayJudged Judged)
{
    public ReplayVerdict Verdict => ReplayVerdicts.Parse(Judged.Verdict);
}

/// <summary>What <c>ledger replay</c> came to.</summary>
/// <param name="Asked">The level that was to hold.</param>
public sealed record ReplayReport(ReplayVerdict Asked, IReadOnlyList<Replayed> Replays)
{
    public bool Holds => Replays.All(replay => replay.Verdict <= Asked);
}
