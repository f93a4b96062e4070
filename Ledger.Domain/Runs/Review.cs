using Ledger.Domain.Evidence;

namespace Ledger.Domain.Runs;

/// <summary>What others have said about a run, as <c>review/&lt;run&gt;</c> tells it. An empty stream is a run nobody spoke of.</summary>
/// <param name="SupersededBy">The run that replaces it; null when none does.</param>
/// <param name="Released">Digests of artifacts whose bytes were freed.</param>
/// <param name="Cancel">Reason of a wish to cancel; the run's own worker decides when.</param>
/// <param name="Pause">Reason of the latest wish to pause.</param>
public sealed record ReviewState(
    string Run, long Version, bool IsRetracted, string? SupersededBy, IReadOnlySet<string> Released, IReadOnlyList<FlagRaised> Flags,
    string? Cancel, string? Pause)
{
    /// <summary>Where a ledger puts its remarks about a run: of a run that another ledger carried out, in a stream of its own, so that both can go on.</summary>
    /// <param name="by">ULID of the ledger that remarks on a run it imported; null: on one of its own.</param>
    public static string StreamOf(string run, string? by) => by is null ? $"review/{run}" : $"review/{run}@{by}";

    public static ReviewState Fold(string run, IEnumerable<ReviewEvent> events) =>
        events.Aggregate(new ReviewState(run, 0, false, null, new HashSet<string>(), [], null, null), (state, next) => state.Apply(next));

    public ReviewState Apply(ReviewEvent next) => Changed(next) with { Version = Version + 1 };

    private ReviewState Changed(ReviewEvent next) => next switch
    {
        Retracted => this with { IsRetracted = true },
        Superseded superseded => this with { SupersededBy = superseded.By },
        ArtifactReleased released => this with { Released = new HashSet<string>([.. Released, released.Digest], StringComparer.Ordinal) },
        FlagRaised flag => this with { Flags = [.. Flags, flag] },
        CancelAsked cancel => this with { Cancel = cancel.Reason },
        PauseAsked pause => this with { Pause = pause.Reason },
        _ => this,
    };
}

/// <summary>
/// What may be said about a run: pure functions of (review, run, command), with the habits of <see cref="RunDecisions"/>. Nothing said is ever
/// unsaid, so what people write must hold no secret (<see cref="BadInput"/>).
/// </summary>
public static class ReviewDecisions
{
    public static IReadOnlyList<ReviewEvent> Annotate(string text)
    {
        Redaction.MustHoldNone(text, "the text");
        return string.IsNullOrWhiteSpace(text) ? throw new Refused("empty-text", "an annotation says something") : [new Annotated(text)];
    }

    public static IReadOnlyList<ReviewEvent> Retract(ReviewState review, string reason)
    {
        Redaction.MustHoldNone(reason, "the reason");
        return review.IsRetracted ? [] : [new Retracted(reason)];
    }

    /// <param name="by">The run that takes its place: one that has results to take it with.</param>
    /// <param name="chain">Review of that run, then of the run that supersedes it, and so on.</param>
    public static IReadOnlyList<ReviewEvent> Supersede(ReviewState review, RunState by, IReadOnlyList<ReviewState> chain, string reason)
    {
        Redaction.MustHoldNone(reason, "the reason");
        if (by.Run == review.Run)
            throw new Refused("superseded-by-itself", $"run {by.Run} cannot supersede itself", ("run", by.Run));
        if (by.Status != RunStatus.Completed)
            throw new Refused("not-completed", $"run {by.Run} is {by.Status}; only a completed run can take another's place", ("run", by.Run), ("status", $"{by.Status}"));
        if (chain.Any(next => next.IsRetracted))
            throw new Refused("retracted", $"run {chain.First(next => next.IsRetracted).Run} was retracted; it can take no other's place", ("run", by.Run));
        if (chain.Any(next => next.SupersededBy == review.Run))
            throw new Refused("superseded-in-a-circle", $"run {by.Run} was itself superseded by {review.Run}, at once or by way of others", ("run", review.Run), ("by", by.Run));
        return review.SupersededBy == by.Run ? [] : [new Superseded(by.Run, reason)];
    }

    /// <param name="artifacts">Digests that the run's results cite.</param>
    public static IReadOnlyList<ReviewEvent> Release(ReviewState review, IReadOnlySet<string> artifacts, ArtifactReleased released)
    {
        if (!artifacts.Contains(released.Digest))
            throw new Refused("not-its-artifact", $"run {review.Run} made no artifact {released.Digest}", ("run", review.Run), ("digest", released.Digest));
        return review.Released.Contains(released.Digest) ? [] : [released];
    }

    /// <summary>Nothing when the same suspicion with the same value was raised before.</summary>
    public static IReadOnlyList<ReviewEvent> RaiseFlag(ReviewState review, RunState run, FlagRaised flag)
    {
        if (!run.Steps.ContainsKey(flag.Step))
            throw new Refused("unknown-step", $"run {run.Run} has no step {flag.Step}; it has {string.Join(", ", run.Steps.Keys)}", ("step", flag.Step));
        return review.Flags.Any(f => (f.Step, f.Code, f.Value) == (flag.Step, flag.Code, flag.Value)) ? [] : [flag];
    }

    public static IReadOnlyList<ReviewEvent> AskToCancel(ReviewState review, RunState run, string reason)
    {
        MustNotBeAtItsEnd(run, "cancelled");
        return review.Cancel is null ? [new CancelAsked(reason)] : [];
    }

    /// <summary>A run that stands still needs no asking; one that was resumed can be asked again.</summary>
    public static IReadOnlyList<ReviewEvent> AskToPause(RunState run, string reason)
    {
        MustNotBeAtItsEnd(run, "paused");
        return run.Status == RunStatus.Running ? [new PauseAsked(reason)] : [];
    }

    private static void MustNotBeAtItsEnd(RunState run, string doing)
    {
        if (run.IsTerminal)
            throw new Refused("at-its-end", $"run {run.Run} is {run.Status}; it cannot be {doing} any more", ("run", run.Run), ("status", $"{run.Status}"));
    }
}
