using Ledger.Domain.Experiments;
using Ledger.Domain.Origin;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Store;

/// <summary>
/// The name under which each event is stored, written by hand and never renamed: a change of meaning is a new name
/// (<c>.v2</c>) with an upcaster and a branch in the SQL view of its kind. The first word says which streams may hold it.
/// </summary>
public static class EventNames
{
    public static IReadOnlyDictionary<Type, string> All { get; } = new Dictionary<Type, string>
    {
        [typeof(Registered)] = "experiment.registered.v1",
        [typeof(Amended)] = "experiment.amended.v1",
        [typeof(Withdrawn)] = "experiment.withdrawn.v1",
        [typeof(ChecksJudged)] = "experiment.checks_judged.v1",

        [typeof(Planned)] = "run.planned.v1",
        [typeof(Started)] = "run.started.v1",
        [typeof(DatasetPinned)] = "run.dataset_pinned.v1",
        [typeof(StepStarted)] = "run.step_started.v1",
        [typeof(EpochCompleted)] = "run.epoch_completed.v1",
        [typeof(TrainingCompleted)] = "run.training_completed.v1",
        [typeof(CompressionCompleted)] = "run.compression_completed.v1",
        [typeof(AttackCompleted)] = "run.attack_completed.v1",
        [typeof(MeasurementCompleted)] = "run.measurement_completed.v1",
        [typeof(StepReused)] = "run.step_reused.v1",
        [typeof(StepFailed)] = "run.step_failed.v1",
        [typeof(ResultFlagged)] = "run.result_flagged.v1",
        [typeof(Resumed)] = "run.resumed.v1",
        [typeof(Completed)] = "run.completed.v1",
        [typeof(Failed)] = "run.failed.v1",
        [typeof(Cancelled)] = "run.cancelled.v1",
        [typeof(Paused)] = "run.paused.v1",
        [typeof(StepCompared)] = "run.step_compared.v1",
        [typeof(ReplayJudged)] = "run.replay_judged.v1",

        [typeof(Annotated)] = "review.annotated.v1",
        [typeof(Retracted)] = "review.retracted.v1",
        [typeof(Superseded)] = "review.superseded.v1",
        [typeof(ArtifactReleased)] = "review.artifact_released.v1",
        [typeof(FlagRaised)] = "review.flag_raised.v1",
        [typeof(CancelAsked)] = "review.cancel_asked.v1",
        [typeof(PauseAsked)] = "review.pause_asked.v1",

        [typeof(LedgerFounded)] = "ledger.founded.v1",
        [typeof(SchemaMigrated)] = "ledger.schema_migrated.v1",
        [typeof(ProjectionDefined)] = "ledger.projection_defined.v1",
        [typeof(KeyIntroduced)] = "ledger.key_introduced.v1",
        [typeof(Imported)] = "ledger.imported.v1",
        [typeof(Verified)] = "ledger.verified.v1",
    };

    /// <exception cref="ArgumentException">The type is not an event.</exception>
    public static string Of(Type type) =>
        All.TryGetValue(type, out string? name) ? name : throw new ArgumentException($"{type} is not an event of the ledger.", nameof(type));

    /// <summary>What Marten puts beside each event of a type, which is no part of what happened: it always has this value.</summary>
    public static string DotNetType(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    /// <summary>Whether an event of that wire name belongs in a stream of that id.</summary>
    public static bool AreOfOneKind(ReadOnlySpan<char> name, ReadOnlySpan<char> stream) =>
        name[..Math.Max(0, name.IndexOf('.'))].SequenceEqual(stream[..Math.Max(0, stream.IndexOf('/'))]);

    /// <summary>The first word of a stream's id or of an event's name: <c>run</c> of <c>run/01J…</c> and of <c>run.planned.v1</c>.</summary>
    public static string KindOf(string streamOrName) => streamOrName[..Math.Max(0, streamOrName.IndexOfAny(['/', '.']))];
}
