using Ledger.Domain.Runs;

namespace Ledger.Domain.Replays;

/// <summary>How a step of a replay came out against the original: a pure function of the two traces and of how far apart what they made is.</summary>
/// <param name="Tolerances">Within which a step elsewhere is <see cref="ReplayVerdict.Close"/>.</param>
public sealed record CompareStep(Tolerances Tolerances)
{
    // Nothing the configuration determines: the machine, or a person, ended the step.
    /// <param name="elsewhere">Whether the class of environment or the code, of this step or of one before it, is another.</param>
    /// <param name="content">What was made, held against each other; null where nothing differs, or the bytes of one side are gone.</param>
    public StepCompared Of(StepTrace original, StepTrace replay, bool elsewhere, ContentDifference? content)
    {
        if (OtherExamples(original, replay) is { } role)
            return Event(ReplayVerdict.NotComparable, $"the examples in role {role} are others", null);
        var first = FirstDifference.Between(original, replay);
        if (first?.Epoch is null && (NothingToCompare("original", original) ?? NothingToCompare("replay", replay)) is { } missing)
            return Event(ReplayVerdict.NotComparable, missing, null);
        if (first is null)
            return Event(ReplayVerdict.Identical, null, null);
        return Event(elsewhere && Close(original, replay) ? ReplayVerdict.Close : ReplayVerdict.Diverged, Words(first, content), content);

        StepCompared Event(ReplayVerdict verdict, string? where, ContentDifference? found) =>
            new(replay.Step, verdict.Name(), where, found?.MaxAbs, found?.MaxUlp);
    }

    private bool Close(StepTrace original, StepTrace replay) =>
        original.Ending?.GetType() == replay.Ending?.GetType() && Tolerances.Beyond(Figures.Of(original), Figures.Of(replay)).Count == 0;

    private static string? NothingToCompare(string which, StepTrace trace) => trace.Ending switch
    {
        null => $"the {which} did not come to the end of this step",
        StepFailed failed when FailureCodes.FromOutside.Contains(failed.Code, StringComparer.Ordinal) => $"the {which} failed with {failed.Code}: {failed.Message}",
        _ => null,
    };

    /// <summary>Examples are inputs whose roles name no part of a network or attack; what steps before made may differ, and then is compared itself.</summary>
    private static string? OtherExamples(StepTrace original, StepTrace replay) => original.Fields is { } mine && replay.Fields is { } theirs
        ? mine.Inputs.Keys.Order(StringComparer.Ordinal)
            .FirstOrDefault(role => !role.Contains('.') && theirs.Inputs.TryGetValue(role, out var other) && other != mine.Inputs[role])
        : null;

    /// <summary>The difference in a few words.</summary>
    /// <param name="content">Null where the bytes of one side are gone.</param>
    public static string Words(FirstDifference first, ContentDifference? content)
    {
        var tensor = first.Tensor is { } place && content?.Tensors is { } names && place < names.Count ? names[place] : null;
        if (first.Epoch is { } epoch)
            return tensor is null ? $"epoch {epoch}: {first.Field}" : $"epoch {epoch}: tensor {tensor}";
        return content?.First is { } found ? $"{found} ({first.Field})" : first.Field;
    }
}

/// <summary>How far apart what two steps made is.</summary>
/// <param name="First">The first tensor, example or metric that differs, in words; null when none does.</param>
/// <param name="MaxAbs">Largest absolute difference; null where one is not finite or there is no counterpart.</param>
/// <param name="MaxUlp">In units in the last place of float32; null where there is none.</param>
/// <param name="Tensors">Names of the state's tensors in their order; null where no network was made.</param>
public sealed record ContentDifference(string? First, double? MaxAbs, long? MaxUlp, IReadOnlyList<string>? Tensors = null);
