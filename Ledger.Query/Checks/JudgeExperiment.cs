using System.Text.Json;
using FluentValidation;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Checks;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Query.Results;
using Ledger.Query.Runs;
using MediatR;
using Npgsql;

namespace Ledger.Query.Checks;

/// <summary>Judges the checks of an experiment on its results, and looks for results that contradict each other. Records nothing.</summary>
/// <param name="Experiment">Name, or the beginning of name or id.</param>
/// <param name="AsOf">A position or a time; null: now.</param>
public sealed record JudgeExperiment(string Experiment, string? AsOf = null) : IRequest<JudgedExperiment>
{
    internal sealed class Validator : AbstractValidator<JudgeExperiment>
    {
        public Validator()
        {
            RuleFor(query => query.Experiment).NotEmpty().WithMessage("the name of an experiment").OverridePropertyName("experiment");
            RuleFor(query => query.AsOf)
                .Must(text => text is null || Results.AsOf.TryParse(text, out _))
                .WithMessage(Results.AsOf.Expected).OverridePropertyName("--as-of");
        }
    }

    internal sealed class Handler(NpgsqlDataSource source, LedgerPlace place) : IRequestHandler<JudgeExperiment, JudgedExperiment>
    {
        public async Task<JudgedExperiment> Handle(JudgeExperiment request, CancellationToken cancellationToken)
        {
            AsOf? asOf = null;
            if (request.AsOf is not null)
                _ = Results.AsOf.TryParse(request.AsOf, out asOf);
            await using var reading = await Reading.Open(source, asOf, cancellationToken);
            var named = await RunIds.Experiment(reading, request.Experiment, cancellationToken);
            return await Of(reading, named, new ArtifactStore(place.ArtifactFolder), cancellationToken);
        }
    }

    /// <summary>The same without a request, for whoever reads already.</summary>
    public static async Task<JudgedExperiment> Of(Reading reading, Named experiment, ArtifactStore artifacts, CancellationToken stop)
    {
        var (declared, evidence) = await Read(reading, experiment.Experiment, stop);
        var data = await WithOutcomes(evidence.Data, declared.Checks.Where(check => check.Check is not null).SelectMany(check => Judge.Wanted(check.Check!, evidence.Data)), artifacts);
        return new JudgedExperiment(
            experiment.Slug, experiment.Experiment, reading.Position, [.. declared.Checks.Select(check => Of(check, data))],
            Consistency.Of(data), evidence.Runs);
    }

    /// <summary>What contradicts itself, without judging the checks.</summary>
    public static async Task<IReadOnlyList<Finding>> Findings(Reading reading, string experiment, ArtifactStore artifacts, CancellationToken stop)
    {
        var (_, evidence) = await Read(reading, experiment, stop);
        return Consistency.Of(await WithOutcomes(evidence.Data, [], artifacts));
    }

    private static async Task<(DeclaredChecks Declared, CheckEvidence Evidence)> Read(Reading reading, string experiment, CancellationToken stop)
    {
        var declared = await DeclaredChecks.Read(reading, experiment, stop);
        return (declared, await CheckEvidence.Read(reading, experiment, declared.Spec, stop));
    }

    /// <summary>With the outcomes that checks want, and those of every attack.</summary>
    private static async Task<CheckData> WithOutcomes(CheckData data, IEnumerable<string> wanted, ArtifactStore artifacts)
    {
        var attacked = data.Rows.Where(row => row.Attack is not null && row.At(Selection.Adversary) != Selection.WorstCase).Select(row => row.OutcomesDigest).OfType<string>();
        return data with { Outcomes = await Outcomes(artifacts, data.Rows, wanted.Concat(attacked).ToHashSet(StringComparer.Ordinal)) };
    }

    private static JudgedCheck Of(DeclaredClaim declared, CheckData data)
    {
        if (declared.Check is not { } check)
        {
            var why = new CheckNumbers("declared in a form that this version does not judge", "", 0, 0, "", [], Why: "register the claim in today's form; it counts from then");
            return new JudgedCheck(declared.Name, Verdicts.NotTestable, declared.Declared, why);
        }

        var (verdict, numbers) = Judge.Of(check, declared.Definition, data);
        return new JudgedCheck(declared.Name, verdict, declared.Declared, numbers);
    }

    /// <summary>What the store still has; a released artifact makes a claim not testable, a broken one is an error.</summary>
    private static async Task<Dictionary<string, ExampleResults>> Outcomes(ArtifactStore artifacts, IReadOnlyList<CheckRow> rows, HashSet<string> wanted)
    {
        var attacked = rows.Where(row => row.Attack is not null).Select(row => row.OutcomesDigest).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var outcomes = new Dictionary<string, ExampleResults>(StringComparer.Ordinal);
        foreach (string digest in wanted.SelectMany(CheckRows.Parts).Distinct(StringComparer.Ordinal).Where(digest => artifacts.Has(ContentHash.Parse(digest))))
        {
            using var file = new MemoryStream(artifacts.ReadAll(ContentHash.Parse(digest)));
            outcomes[digest] = ExampleResults.Of(await Domain.Metrics.Outcomes.ReadAsync(file), attacked.Contains(digest));
        }

        foreach (string several in wanted.Where(digest => CheckRows.Parts(digest) is { Length: > 1 } parts && parts.All(outcomes.ContainsKey)))
            outcomes[several] = ExampleResults.Worst([.. CheckRows.Parts(several).Select(part => outcomes[part])]);
        return outcomes;
    }
}

/// <summary>Verdicts on an experiment's checks at a position, and what contradicts itself without being claimed.</summary>
/// <param name="Runs">Runs that do not count, and why.</param>
public sealed record JudgedExperiment(
    string Experiment, string ExperimentId, long Position, IReadOnlyList<JudgedCheck> Checks, IReadOnlyList<Finding> Consistency, IReadOnlyList<UncountedRun> Runs)
{
    /// <summary>1 when a check is not held; what is inconclusive or not testable is no failure.</summary>
    public int ExitCode => Checks.Any(check => check.Verdict == Verdicts.NotHeld) ? 1 : 0;
}

/// <param name="Declared">pre or post hoc.</param>
public sealed record JudgedCheck(string Check, string Verdict, string Declared, CheckNumbers Numbers)
{
    /// <summary>As it is recorded.</summary>
    public CheckVerdict ToEvent() => new(Check, Verdict, Declared, JsonSerializer.SerializeToElement(Numbers, LedgerJson.Options));
}
