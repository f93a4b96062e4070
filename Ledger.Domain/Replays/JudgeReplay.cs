using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Replays;

/// <summary>The verdict over a whole replay: the worst of its steps', with the first that differs and everything that may be why.</summary>
public static class JudgeReplay
{
    /// <param name="steps">In the order of the plan.</param>
    /// <param name="causes">See <see cref="Causes"/>.</param>
    public static ReplayJudged Of(string original, IReadOnlyList<StepCompared> steps, IReadOnlyList<string> causes)
    {
        var worst = steps.Select(step => ReplayVerdicts.Parse(step.Verdict)).DefaultIfEmpty(ReplayVerdict.NotComparable).Max();
        var first = steps.FirstOrDefault(step => step.Verdict != ReplayVerdict.Identical.Name());
        return new ReplayJudged(original, worst.Name(), first?.Step, worst == ReplayVerdict.Identical ? [] : causes);
    }

    /// <summary>What differs between the two besides results: environment, code by kind of step, data. Those of the class first.</summary>
    public static IReadOnlyList<string> Causes(
        EnvironmentFacts original, EnvironmentFacts replay, IEnumerable<(StepTrace Original, StepTrace Replay)> steps, IEnumerable<DatasetPinned> was, IEnumerable<DatasetPinned> now)
    {
        var code = steps.Where(step => OtherCode(step.Original, step.Replay)).Select(step => step.Original.Fields!.Kind).Distinct(StringComparer.Ordinal)
            .Select(kind => $"code of {kind} steps");
        var pins = now.ToDictionary(pin => pin.Name, StringComparer.Ordinal);
        var data = was.Where(pin => pins.TryGetValue(pin.Name, out var other) && other.Digest != pin.Digest).Select(pin => $"data {pin.Name}: {pins[pin.Name].Digest}, was {pin.Digest}");
        var environment = original.Differences(replay).OrderBy(difference => !InClass(difference)).Select(Words);
        return [.. data, .. code, .. environment];
    }

    public static bool OtherCode(StepTrace original, StepTrace replay) =>
        original.Fields is { } mine && replay.Fields is { } theirs && mine.CodeFingerprint != theirs.CodeFingerprint;

    public static bool OtherClass(StepTrace original, StepTrace replay) =>
        original.Fields is { } mine && replay.Fields is { } theirs && mine.EnvironmentClass != theirs.EnvironmentClass;

    private static bool InClass(Difference difference) => difference.Path.StartsWith("class.", StringComparison.Ordinal);

    private static string Words(Difference difference) => $"{difference.Path}: {difference.Theirs ?? "none"}, was {difference.Mine ?? "none"}";
}
