using System.Text.Json;
using Ledger.Domain.Evidence;

namespace Ledger.Domain.Experiments;

/// <summary>An experiment as its stream tells it: a fold of its events, nothing else.</summary>
/// <param name="Experiment">ULID; the stream is <c>experiment/&lt;ULID&gt;</c>.</param>
/// <param name="Version">Events folded; what the next append expects.</param>
/// <param name="SpecDigest">Of the specification now in force.</param>
/// <param name="Checks">Check → its definition and since when it stands.</param>
/// <param name="Judged">The verdicts recorded last, all of one position; null: none yet.</param>
public sealed record ExperimentState(
    string Experiment, long Version, string Slug, string SpecDigest, IReadOnlyDictionary<string, DeclaredCheck> Checks, bool IsWithdrawn = false,
    ChecksJudged? Judged = null)
{
    public string Stream => $"experiment/{Experiment}";

    /// <summary>Folds a whole stream. Its first event must be <see cref="Registered"/>.</summary>
    public static ExperimentState Fold(string experiment, IReadOnlyList<ExperimentEvent> events) =>
        events.Count > 0 && events[0] is Registered registered
            ? events.Skip(1).Aggregate(First(experiment, registered), (state, next) => state.Apply(next))
            : throw new Refused("not-an-experiment", $"experiment/{experiment} does not begin with its registration", ("experiment", experiment));

    public ExperimentState Apply(ExperimentEvent next) => Changed(next) with { Version = Version + 1 };

    /// <summary><c>pre</c> when the check stood as it is before the first result, else <c>post hoc</c>, for ever.</summary>
    /// <param name="versionAtFirstResult">How many of this stream's events came before the first result; null when there is none yet.</param>
    public string Declared(string check, long? versionAtFirstResult) =>
        versionAtFirstResult is null || Checks[check].Since <= versionAtFirstResult ? "pre" : "post hoc";

    private static ExperimentState First(string experiment, Registered registered) =>
        new(experiment, 1, registered.Slug, registered.SpecDigest, Standing(new Dictionary<string, DeclaredCheck>(), registered.Spec, 1));

    private ExperimentState Changed(ExperimentEvent next) => next switch
    {
        Amended amended => this with { SpecDigest = amended.SpecDigest, Checks = Standing(Checks, amended.Spec, Version + 1) },
        Withdrawn => this with { IsWithdrawn = true },
        ChecksJudged judged => this with { Judged = judged.Position == Judged?.Position ? judged with { Verdicts = [.. Judged.Verdicts, .. judged.Verdicts] } : judged },
        _ => this,
    };

    // A check taken out and put back counts from when it was put back: in between, results could be looked at.
    private static Dictionary<string, DeclaredCheck> Standing(
        IReadOnlyDictionary<string, DeclaredCheck> before, JsonElement spec, long version)
    {
        var standing = new Dictionary<string, DeclaredCheck>(StringComparer.Ordinal);
        if (!spec.TryGetProperty("checks", out var checks))
            return standing;
        foreach (var check in checks.EnumerateObject())
        {
            var digest = CanonicalJson.Digest(DeclaredCheck.Scheme, check.Value);
            standing[check.Name] = before.TryGetValue(check.Name, out var old) && old.Definition == digest ? old : new(digest, version);
        }

        return standing;
    }
}

/// <param name="Definition">Digest of what the check claims.</param>
/// <param name="Since">Version of the experiment's stream that brought it in this form.</param>
public sealed record DeclaredCheck(ContentHash Definition, long Since)
{
    public const string Scheme = "ledger/check/1";
}
