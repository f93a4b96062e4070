using Ledger.Domain.Evidence;

namespace Ledger.Domain.Experiments;

/// <summary>
/// What may happen to an experiment: pure functions of (state, command) that return the events to append. What has
/// happened already returns none; what must not happen is <see cref="Refused"/> with the offending values.
/// </summary>
public static class ExperimentDecisions
{
    /// <summary>Leaves room in an event for what stands around the verdicts.</summary>
    private const int MostVerdictBytes = 8_000;

    /// <summary>A new experiment, or a changed specification under its old name; nothing when it is the one in force.</summary>
    /// <param name="experiment">The experiment of that slug; null when there is none.</param>
    /// <param name="reason">Why the specification changed; null when nobody said.</param>
    public static IReadOnlyList<ExperimentEvent> Register(ExperimentState? experiment, Registered command, string? reason = null)
    {
        if (experiment is null)
            return [command];
        MustStand(experiment, "registered again");
        if (experiment.Slug != command.Slug)
            throw new Refused("other-slug", $"{experiment.Experiment} is {experiment.Slug}, not {command.Slug}", ("expected", experiment.Slug), ("found", command.Slug));
        if (experiment.SpecDigest == command.SpecDigest)
            return [];
        Redaction.MustHoldNone(reason ?? "", "the reason");
        return reason is { Length: > 0 }
            ? [new Amended(command.Spec, command.SpecDigest, command.Yaml, command.Scale, reason)]
            : throw new Refused(
                "spec-changed",
                $"{command.Slug} is registered with another specification. Say why it changed (--amend \"reason\"), or name another experiment in the file; " +
                "either way, claims that were not made before the first result are post hoc.",
                ("expected", experiment.SpecDigest), ("found", command.SpecDigest));
    }

    public static IReadOnlyList<ExperimentEvent> Withdraw(ExperimentState experiment, string reason) =>
        experiment.IsWithdrawn ? [] : [new Withdrawn(reason)];

    /// <summary>
    /// Verdicts are about checks that stand, each named once; nothing when they are the ones recorded last. What does not fit into one event
    /// becomes several, all of the same position.
    /// </summary>
    public static IReadOnlyList<ExperimentEvent> JudgeChecks(ExperimentState experiment, ChecksJudged judged)
    {
        MustStand(experiment, "judged");
        foreach (var group in judged.Verdicts.GroupBy(verdict => verdict.Check, StringComparer.Ordinal))
        {
            if (!experiment.Checks.ContainsKey(group.Key))
                throw new Refused("unknown-check", $"{experiment.Slug} has no check {group.Key}; it has {string.Join(", ", experiment.Checks.Keys)}", ("check", group.Key));
            if (group.Count() > 1)
                throw new Refused("check-twice", $"check {group.Key} is judged {group.Count()} times", ("check", group.Key));
        }

        return experiment.Judged is { } last && Same(last.Verdicts, judged.Verdicts) ? [] : Events(judged);
    }

    private static bool Same(IReadOnlyList<CheckVerdict> a, IReadOnlyList<CheckVerdict> b) =>
        a.Count == b.Count && CanonicalJson.Bytes(a).AsSpan().SequenceEqual(CanonicalJson.Bytes(b));

    private static List<ExperimentEvent> Events(ChecksJudged judged)
    {
        var events = new List<ExperimentEvent>();
        var verdicts = new List<CheckVerdict>();
        int bytes = 0;
        foreach (var verdict in judged.Verdicts)
        {
            int size = CanonicalJson.Bytes(verdict).Length;
            if (verdicts.Count > 0 && bytes + size > MostVerdictBytes)
            {
                events.Add(judged with { Verdicts = [.. verdicts] });
                (bytes, _) = (0, verdicts.RemoveAll(_ => true));
            }

            verdicts.Add(verdict);
            bytes += size + 1;
        }

        return [.. events, judged with { Verdicts = verdicts }];
    }

    /// <summary>Runs are planned only for an experiment that stands, and for the specification in force.</summary>
    /// <exception cref="Refused"><c>withdrawn</c> or <c>other-spec</c>.</exception>
    public static void MustBePlannable(ExperimentState experiment, string specDigest)
    {
        MustStand(experiment, "planned");
        if (experiment.SpecDigest != specDigest)
            throw new Refused("other-spec", $"{experiment.Slug} stands with another specification", ("expected", experiment.SpecDigest), ("found", specDigest));
    }

    private static void MustStand(ExperimentState experiment, string doing)
    {
        if (experiment.IsWithdrawn)
        {
            throw new Refused(
                "withdrawn", $"{experiment.Slug} ({experiment.Experiment}) was withdrawn and cannot be {doing}; register it under another name.",
                ("experiment", experiment.Experiment));
        }
    }
}
