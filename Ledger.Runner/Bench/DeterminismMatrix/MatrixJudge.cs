using System.Globalization;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Runner.Runs;

namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>What came of one case.</summary>
/// <param name="Steps">Steps compared.</param>
/// <param name="Trouble">The first thing that is not as promised; null: nothing.</param>
public sealed record MatrixFinding(MatrixCase Case, int Steps, string Found, string? Trouble)
{
    public bool Holds => Trouble is null;

    public override string ToString() => Holds ? $"ok   {Case.What}: {Found}" : $"FAIL {Case.What}: {Trouble} ({Found})";
}

/// <summary>Holds the runs of a case against the originals, by the comparison that replays are judged with.</summary>
internal sealed class MatrixJudge(MatrixCase what, IReadOnlyList<MatrixRun> originals, IReadOnlyList<MatrixRun> again, ArtifactStore artifacts)
{
    private readonly List<StepCompared> compared = [];

    public async Task<MatrixFinding> Judge()
    {
        var trouble = originals.Select(original => original.State.Plan.Number).Except(again.Select(run => run.State.Plan.Number)).Any()
            ? $"{again.Count} runs were carried out, expected {originals.Count}"
            : TakenOver() ?? Stopped();
        foreach (var original in trouble is null ? originals : [])
            trouble ??= await Of(original, again.Single(run => run.State.Plan.Number == original.State.Plan.Number));
        return new MatrixFinding(what, compared.Count, Counted(), trouble);
    }

    private string? TakenOver()
    {
        var own = again.Select(run => run.State.Run).ToHashSet(StringComparer.Ordinal);
        var found = again.SelectMany(run => run.State.Steps.Values).Count(step => step.Reused is { } reused && !own.Contains(reused.SourceRun));
        var expected = what.Variation is NetworksTakenOver ? originals.Sum(run => run.State.Plan.Steps.Count(CarryOutAgain.MakesNetwork)) : 0;
        return found == expected ? null : $"{found} steps were taken over from runs that were there before, expected {expected}";
    }

    private int Kills => again.Max(run => run.State.Attempt) - 1;

    private string? Stopped() => (what.Variation is KilledAndResumed) == (Kills > 0) ? null : $"runs were stopped {Kills} times";

    private async Task<string?> Of(MatrixRun original, MatrixRun run)
    {
        var steps = new List<StepCompared>();
        foreach (var (path, mine) in original.Steps)
            steps.Add(await Of(mine, run.Steps[path]));
        compared.AddRange(steps);
        var causes = JudgeReplay.Causes(
            original.Environment!, run.Environment!, original.Steps.Select(step => (step.Value, run.Steps[step.Key])), original.State.Datasets, run.State.Datasets);
        var judged = JudgeReplay.Of(original.State.Run, steps, causes);
        var trouble = run.Judged is { } recorded && recorded.Verdict != judged.Verdict
            ? $"the replay was judged {recorded.Verdict}, and is {judged.Verdict}"
            : what.Cause is { } cause ? Elsewhere(original, run, run.Judged ?? judged, cause) : Here(original, run, steps);
        return trouble is null ? null : $"run {RunLabel.Of(original.State.Plan.Point, original.State.Plan.Seed)}, {trouble}";
    }

    private async Task<StepCompared> Of(StepTrace mine, StepTrace theirs)
    {
        var content = FirstDifference.Between(mine, theirs) is null ? null : await CompareContents.Of(mine, theirs, artifacts);
        return new CompareStep(new Tolerances()).Of(mine, theirs, elsewhere: what.Cause is not null, content);
    }

    private static string? Here(MatrixRun original, MatrixRun run, IReadOnlyList<StepCompared> steps)
    {
        if (steps.FirstOrDefault(step => step.Verdict != ReplayVerdict.Identical.Name()) is { } parts)
            return $"step {parts.Step} {parts.Verdict}: {parts.FirstDifference}{Size(parts)}";
        var other = original.Steps.FirstOrDefault(step => !SameKey(step.Value, run.Steps[step.Key])).Key;
        return other is null ? null : $"step {other} has another key: {string.Join(", ", Fields(original.Steps[other], run.Steps[other]))}";
    }

    /// <summary>Another class never has the same key. Where it happens to have the same bits, "identical" is true; where not, the cause is named.</summary>
    private static string? Elsewhere(MatrixRun original, MatrixRun run, ReplayJudged judged, string cause)
    {
        if (original.Steps.FirstOrDefault(step => SameKey(step.Value, run.Steps[step.Key]) || !JudgeReplay.OtherClass(step.Value, run.Steps[step.Key])).Key is { } same)
            return $"step {same} counts as being of the same class, expected another {cause}";
        if (judged.Verdict == ReplayVerdict.Identical.Name() || judged.Causes.Any(named => named.StartsWith(cause, StringComparison.Ordinal)))
            return null;
        return $"judged {judged.Verdict} with the causes [{string.Join("; ", judged.Causes)}], expected {cause} among them";
    }

    private static bool SameKey(StepTrace mine, StepTrace theirs) => StepKey.Of(mine.Fields!) == StepKey.Of(theirs.Fields!);

    private static IEnumerable<string> Fields(StepTrace mine, StepTrace theirs) =>
        mine.Fields!.Differences(theirs.Fields!).Select(field => $"{field.Path} is {field.Theirs ?? "none"}, was {field.Mine ?? "none"}");

    private static string Size(StepCompared step) => step.MaxAbsDifference is { } apart
        ? string.Create(CultureInfo.InvariantCulture, $", max |Δ| {apart:G3}, {step.MaxUlpDifference?.ToString(CultureInfo.InvariantCulture) ?? "–"} ulp")
        : "";

    private string Counted() => string.Join(", ", compared.GroupBy(step => step.Verdict, StringComparer.Ordinal).OrderBy(group => ReplayVerdicts.Parse(group.Key))
        .Select(group => $"{group.Count()} {group.Key}").Prepend($"{compared.Count} steps of {again.Count} runs").Concat(HowStopped()));

    private IEnumerable<string> HowStopped() =>
        again.Count > 0 && Kills > 0 ? [$"stopped {Kills} times, within a training {again.Sum(run => run.FromCheckpoints)} times"] : [];
}
