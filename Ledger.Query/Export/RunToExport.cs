using Ledger.Domain;
using Ledger.Domain.Models;

namespace Ledger.Query.Export;

/// <summary>A run as its export needs it, read at one position of the ledger.</summary>
/// <param name="Yaml">The experiment file as registered, in the version that the run was planned from.</param>
/// <param name="Steps">In the order of the plan.</param>
/// <param name="Results">The run's rows of the view <c>robustness</c>, each a JSON object.</param>
/// <param name="Seal">The smallest seal over the events that name its artifacts; null while there is none.</param>
internal sealed record RunToExport(
    string Run, string Experiment, string ExperimentName, string SpecDigest, string Yaml, long Position,
    IReadOnlyList<StepToExport> Steps, IReadOnlyList<string> Results, string? Seal = null);

/// <summary>One step and what it made, here or in the run that it was taken over from.</summary>
/// <param name="Model">Path of the step whose network it works on; null when it starts from none.</param>
/// <param name="Retracted">Whether this run or one that the result rests on was retracted.</param>
internal sealed record StepToExport(
    string Path, string Kind, string State, string? Model, string OriginRun, string OriginStep, bool Retracted,
    IReadOnlyDictionary<string, RecordedArtifact> Artifacts)
{
    public bool MakesModel => Kind is "train" or "compress";

    public bool IsDone => State is "completed" or "reused";

    public ArtifactSource Source(string role) => new(Artifacts[role].Position, OriginRun, OriginStep, role);
}

/// <param name="Position">Of the event that names the artifact.</param>
/// <param name="Released">When and why the bytes were last freed on purpose; null: never. They may have been made again since.</param>
internal sealed record RecordedArtifact(ArtifactRef Artifact, long Position, Release? Released);

internal sealed record Release(DateTimeOffset At, string? Reason);

/// <summary>Which of a run's networks is exported.</summary>
internal static class ModelChoice
{
    /// <summary>
    /// The network asked for; or, when none is, the last one in the plan that an attack of the run worked on, or the last one
    /// when there was no attack.
    /// </summary>
    /// <exception cref="BadInput">The run has no such step, or it makes no network.</exception>
    /// <exception cref="Refused">The step has not come to its end.</exception>
    public static StepToExport Of(RunToExport run, string? asked)
    {
        List<StepToExport> models = [.. run.Steps.Where(s => s.MakesModel)];
        if (asked is not null)
            return Done(run, models.Find(s => s.Path == asked) ?? throw new BadInput(Unknown(run, asked, models)));
        HashSet<string?> attacked = [.. run.Steps.Where(s => s.Kind == "attack" && s.IsDone).Select(s => s.Model)];
        StepToExport? chosen = models.LastOrDefault(s => attacked.Contains(s.Path)) ?? models.LastOrDefault(s => s.IsDone) ?? models.LastOrDefault();
        return Done(run, chosen ?? throw new Refused("no-model", $"Run {run.Run} makes no network; there is nothing to export.", ("run", run.Run)));
    }

    private static StepToExport Done(RunToExport run, StepToExport step) => step.IsDone
        ? step
        : throw new Refused(
            "step-not-completed", $"Step {step.Path} of run {run.Run} is {step.State}; only the network of a completed step can be exported.",
            ("run", run.Run), ("step", step.Path), ("state", step.State));

    private static Problem Unknown(RunToExport run, string asked, List<StepToExport> models)
    {
        string found = run.Steps.FirstOrDefault(s => s.Path == asked) is { } other ? $"{asked}, a step of kind {other.Kind}" : $"no step '{asked}' in run {run.Run}";
        return new Problem(found, $"a step that makes a network: {string.Join(", ", models.Select(s => s.Path))}", "--step");
    }
}
