using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Domain;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Seals;

/// <summary>An in-toto statement (v1) with SLSA provenance (v1). What its members mean for a run is in docs/attestation.md.</summary>
internal sealed record Statement(
    [property: JsonPropertyName("_type")] string Type, IReadOnlyList<Resource> Subject, string PredicateType, Provenance Predicate);

/// <summary>in-toto ResourceDescriptor.</summary>
internal sealed record Resource(string? Name = null, string? Uri = null, IReadOnlyDictionary<string, string>? Digest = null, IReadOnlyDictionary<string, JsonElement>? Annotations = null);

internal sealed record Provenance(BuildDefinition BuildDefinition, RunDetails RunDetails);

internal sealed record BuildDefinition(string BuildType, ExternalParameters ExternalParameters, InternalParameters InternalParameters, IReadOnlyList<Resource> ResolvedDependencies);

/// <param name="Scale">Null when the file has none.</param>
internal sealed record ExternalParameters(string Experiment, string SpecDigest, IReadOnlyDictionary<string, string> Point, long Seed, string? Scale);

internal sealed record InternalParameters(int Threads, string EnvironmentClass);

internal sealed record RunDetails(Builder Builder, BuildMetadata Metadata, IReadOnlyList<Resource> Byproducts);

internal sealed record Builder(string Id, IReadOnlyDictionary<string, string> Version);

internal sealed record BuildMetadata(string InvocationId, string StartedOn, string FinishedOn);

/// <summary>A run that ended, with what its statement needs of the ledger around it.</summary>
/// <param name="Origin">ULID of the ledger.</param>
/// <param name="Experiment">Name of the experiment.</param>
/// <param name="Events">The run's, each with the time at which it got its position.</param>
/// <param name="TakenOver">What the run took over, from where it was computed.</param>
internal sealed record AttestedRun(
    string Origin, string Run, string Experiment, string? Scale, IReadOnlyList<(RunEvent Event, DateTime RecordedAt)> Events, IReadOnlyList<MadeStep> TakenOver)
{
    public const string StatementType = "https://in-toto.io/Statement/v1", PredicateType = "https://slsa.dev/provenance/v1", BuildType = "ledger:build-type/run/1";

    private IEnumerable<RunEvent> Told => Events.Select(e => e.Event);

    /// <exception cref="Refused">The run made nothing itself.</exception>
    public Statement Statement()
    {
        var made = MadeStep.In(Run, Told);
        if (made.Count == 0)
            throw new Refused("nothing-made", $"run {Run} made no artifact itself, so there is nothing to attest{Elsewhere()}", ("run", Run));
        var plan = Told.OfType<Planned>().First();
        var started = Told.OfType<Started>().First();
        return new Statement(StatementType, [.. made.SelectMany(step => step.Resources(annotated: false))], PredicateType, new Provenance(
            new BuildDefinition(
                BuildType, new ExternalParameters(Experiment, plan.SpecDigest, plan.Point, plan.Seed, Scale), new InternalParameters(plan.Threads, started.EnvironmentClass),
                [.. Data(), .. Source(started), .. TakenOver.SelectMany(step => step.Resources(annotated: true))]),
            new RunDetails(
                new Builder($"ledger:{Origin}", Version(started)), new BuildMetadata(Run, Time(Events.First(e => e.Event is Started).RecordedAt), Time(Events[^1].RecordedAt)),
                [new Resource("events", $"ledger:{Origin}/run/{Run}", Annotations: new Dictionary<string, JsonElement> { ["events"] = JsonSerializer.SerializeToElement(Events.Count) })])));
    }

    private string Elsewhere() => TakenOver.Count == 0 ? "" : $"; its results were computed in {string.Join(", ", TakenOver.Select(step => step.Run).Distinct(StringComparer.Ordinal))}";

    private IEnumerable<Resource> Data() => Told.OfType<DatasetPinned>().DistinctBy(data => data.Digest)
        .Select(data => new Resource(data.Name, Digest: new Dictionary<string, string> { ["ledgerExamples"] = data.Digest }));

    private static IEnumerable<Resource> Source(Started started)
    {
        if (started.Environment.GitCommit is { } commit)
            yield return new Resource("source", Digest: new Dictionary<string, string> { ["gitCommit"] = commit });
        if (started.Environment.GitDiff is { } diff)
            yield return new Resource("source/git-diff", Digest: new Dictionary<string, string> { ["sha256"] = diff.Digest });
    }

    private static Dictionary<string, string> Version(Started started) => new()
    {
        ["ledger"] = started.Environment.Tool,
        ["libtorch"] = $"{started.Environment.Class.LibTorch} ({started.Environment.Class.LibTorchFlavour})",
        ["dotnet"] = started.Environment.DotNet,
    };

    private static string Time(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>What a step made, in the run that computed it.</summary>
/// <param name="Artifacts">Role and digest.</param>
internal sealed record MadeStep(string Run, string Step, IReadOnlyList<(string Role, string Digest)> Artifacts)
{
    /// <summary>The steps that a run's events say it computed itself; of one computed twice, the last time.</summary>
    public static IReadOnlyList<MadeStep> In(string run, IEnumerable<RunEvent> events) =>
    [
        .. events.OfType<StepCompletion>().GroupBy(completion => completion.Step, StringComparer.Ordinal)
            .Select(step => new MadeStep(run, step.Key, [.. ArtifactRoles.In(JsonSerializer.SerializeToElement<object>(step.Last(), Domain.Evidence.LedgerJson.Options)).Select(a => (a.Role, a.Digest))]))
            .Where(step => step.Artifacts.Count > 0),
    ];

    /// <param name="annotated">Say which run and step it was.</param>
    public IEnumerable<Resource> Resources(bool annotated) => Artifacts.Select(artifact => new Resource(
        $"{Step}/{artifact.Role}", Digest: new Dictionary<string, string> { ["sha256"] = artifact.Digest },
        Annotations: annotated ? new Dictionary<string, JsonElement> { ["run"] = JsonSerializer.SerializeToElement(Run) } : null));
}
