using Ledger.Domain.Runs;

namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>Carries the runs of the matrix out in one of its ways.</summary>
/// <param name="first">Where they were carried out first.</param>
/// <param name="another">Makes a ledger that knows nothing.</param>
/// <param name="scale">Of the experiment.</param>
/// <param name="kills">How often, about; null: after every event.</param>
internal sealed class CarryOutAgain(
    MatrixLedger first, IReadOnlyList<MatrixRun> originals, Func<CancellationToken, Task<MatrixLedger>> another, string scale, int? kills)
{
    // Threads that wait for each other on a busy machine sleep instead of spinning for minutes; no bit depends on it.
    private static readonly Dictionary<string, string> Patient = new(StringComparer.Ordinal) { ["OMP_WAIT_POLICY"] = "PASSIVE" };

    /// <summary>Of one kind of step or the other: whether a network is made.</summary>
    public static bool MakesNetwork(PlannedStep step) => step.Kind is "train" or "compress";

    private IEnumerable<Planned> Plans => originals.Select(run => run.State.Plan);

    public Task<IReadOnlyList<MatrixRun>> As(Variation variation, CancellationToken stop) => variation switch
    {
        ReplayedHere here => New(first, () => first.Replay(Runs(here.LastRunFirst), here.Parallel, stop), stop),
        ReplayedElsewhere elsewhere => New(first, () => first.ReplayElsewhere(elsewhere.Variables, stop), stop),
        OtherThreads other => New(first, () => first.RunElsewhere(MatrixSpec.WithThreads(other.Threads), scale, Patient, stop), stop),
        StepsReordered => Reordered(stop),
        KilledAndResumed => Killed(stop),
        NetworksTakenOver => TakingOver(stop),
        _ => throw new NotSupportedException($"no way to carry out {variation.GetType().Name}"),
    };

    private async Task<IReadOnlyList<MatrixRun>> Reordered(CancellationToken stop)
    {
        var ledger = await another(stop);
        await ledger.Plan(Plans.Reverse().Select(plan => plan with { Steps = LastFirst(plan.Steps) }), stop);
        return await New(ledger, [], () => ledger.Resume(stop), stop);
    }

    private async Task<IReadOnlyList<MatrixRun>> Killed(CancellationToken stop)
    {
        var ledger = await another(stop);
        await ledger.Plan(Plans, stop);
        var every = kills is { } wanted ? (originals.Sum(run => run.State.Version) / (wanted + 1)) + 1 : 1;
        return await New(ledger, [], () => new KillPoints(ledger).CarryOut(every, stop), stop);
    }

    private async Task<IReadOnlyList<MatrixRun>> TakingOver(CancellationToken stop)
    {
        var ledger = await another(stop);
        await ledger.Plan(Plans.Select(plan => plan with { Steps = [.. plan.Steps.Where(MakesNetwork)] }), stop);
        await ledger.Resume(stop);
        var networks = await ledger.Runs(stop);
        await ledger.Plan(Plans, stop);
        return await New(ledger, networks, () => ledger.Resume(stop), stop);
    }

    private static async Task<IReadOnlyList<MatrixRun>> New(MatrixLedger ledger, Func<Task> work, CancellationToken stop) =>
        await New(ledger, await ledger.Runs(stop), work, stop);

    /// <summary>The runs that were not there before.</summary>
    private static async Task<IReadOnlyList<MatrixRun>> New(MatrixLedger ledger, IReadOnlyList<string> before, Func<Task> work, CancellationToken stop)
    {
        await work();
        return await ledger.Load((await ledger.Runs(stop)).Except(before), stop);
    }

    private List<string> Runs(bool lastFirst)
    {
        var runs = originals.Select(run => run.State.Run).ToList();
        if (lastFirst)
            runs.Reverse();
        return runs;
    }

    private static List<PlannedStep> LastFirst(IReadOnlyList<PlannedStep> steps)
    {
        var (open, order) = (steps.ToList(), new List<PlannedStep>());
        while (open.FindLast(step => step.Inputs.Values.All(input => order.Exists(done => done.Path == input))) is { } next)
        {
            open.Remove(next);
            order.Add(next);
        }

        return order;
    }
}
