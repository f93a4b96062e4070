using FluentValidation;
using Ledger.Domain.Artifacts;
using Ledger.Query.Checks;
using Ledger.Query.Reports.Plots;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Reports;

/// <summary>Everything a reader of a study wants to know, from the ledger alone.</summary>
/// <param name="Experiments">Names, or the beginnings of names or ids; none: the one registered last.</param>
/// <param name="AsOf">A position or a time; null: now. The same position gives the same report.</param>
/// <param name="Out">The Markdown file to write; null: none is written.</param>
public sealed record ShowReport(IReadOnlyList<string> Experiments, string? AsOf = null, string? Out = null) : IRequest<Report>
{
    internal sealed class Validator : AbstractValidator<ShowReport>
    {
        public Validator()
        {
            RuleFor(query => query.AsOf).Must(text => text is null || Results.AsOf.TryParse(text, out _))
                .WithMessage(Results.AsOf.Expected).OverridePropertyName("--as-of");
            RuleFor(query => query.Out).Must(file => file is null || file.EndsWith(".md", StringComparison.Ordinal))
                .WithMessage("a file that ends in .md; plots go to a folder of its name beside it").OverridePropertyName("--out");
        }
    }

    internal sealed class Handler(NpgsqlDataSource source, LedgerPlace place) : IRequestHandler<ShowReport, Report>
    {
        public async Task<Report> Handle(ShowReport request, CancellationToken cancellationToken)
        {
            AsOf? asOf = null;
            if (request.AsOf is not null)
                _ = Results.AsOf.TryParse(request.AsOf, out asOf);
            await using var reading = await Reading.Open(source, asOf, cancellationToken);
            var head = (await reading.Read<Head>(
                "select (select origin from ledger_log.origin) as origin, (select recorded_at from ledger_log.log l where l.position = $1) as recorded_at",
                cancellationToken, reading.Position))[0];
            var artifacts = new ArtifactStore(place.ArtifactFolder);
            var experiments = new List<ExperimentReport>();
            foreach (string? experiment in request.Experiments.Count > 0 ? request.Experiments.Distinct(StringComparer.Ordinal).ToArray<string?>() : [null])
                experiments.Add(await Of(reading, await ShowResults.Of(reading, experiment, cancellationToken), artifacts, cancellationToken));
            return new Report(head.Origin, reading.Position, head.RecordedAt, experiments);
        }
    }

    private static async Task<ExperimentReport> Of(Reading reading, ResultsTable results, ArtifactStore artifacts, CancellationToken stop)
    {
        var experiment = (await reading.Read<ReportedExperiment>(ReportSql.Experiment, stop, results.ExperimentId))[0];
        Task<IReadOnlyList<T>> Rows<T>(string sql) => reading.Read<T>(sql, stop, results.ExperimentId);
        return new ExperimentReport(
            experiment, await Rows<SpecificationRow>(ReportSql.Specifications), await Rows<ReportedRun>(ReportSql.Runs), await Rows<StepCost>(ReportSql.Steps),
            await Rows<ReportedData>(ReportSql.Data), results, await Rows<MeasuredRow>(ReportSql.Measured), await Rows<PartRow>(ReportSql.Parts), await Rows<TermRow>(ReportSql.Terms), ChosenPlots.Of(results),
            await Rows<JudgedCheck>(ReportSql.Checks), await Rows<FailedStep>(ReportSql.Failures), await Rows<Remark>(ReportSql.Remarks),
            await Rows<Suspicion>(ReportSql.Suspicions),
            await JudgeExperiment.Findings(reading, results.ExperimentId, artifacts, stop),
            await Rows<TaintedRun>(ReportSql.Tainted));
    }

    private sealed record Head(string Origin, DateTimeOffset? RecordedAt);
}
