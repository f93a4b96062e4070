using FluentValidation;
using FluentValidation.Results;
using Ledger.Domain.Artifacts;
using Ledger.Query.Results;
using Ledger.Query.Runs;
using MediatR;
using Npgsql;

namespace Ledger.Query.Export;

/// <summary>Writes one network of a run, its evaluation and their origin to a folder that needs nothing of this tool to be used.</summary>
/// <param name="Run">The beginning of its id.</param>
/// <param name="Folder">New or empty; it appears whole or not at all.</param>
/// <param name="Step">Path of the step whose network is wanted; null: see <see cref="ModelChoice"/>.</param>
/// <param name="Force">Take the place of an earlier export.</param>
public sealed record ExportRun(string Run, string Folder, string? Step = null, bool Force = false) : IRequest<Exported>
{
    internal sealed class Validator : AbstractValidator<ExportRun>
    {
        public Validator()
        {
            RuleFor(query => query.Run).NotEmpty().WithMessage("the beginning of a run's id").OverridePropertyName("run");
            RuleFor(query => query.Folder).NotEmpty().WithMessage("a new or empty folder").OverridePropertyName("folder");
            RuleFor(query => query).Custom((query, context) =>
            {
                if (!string.IsNullOrEmpty(query.Folder) && ExportFolder.Taken(query.Folder, query.Force) is { } problem)
                    context.AddFailure(new ValidationFailure("folder", problem.Expected) { CustomState = problem });
            });
        }
    }

    internal sealed class Handler(NpgsqlDataSource source, LedgerPlace place) : IRequestHandler<ExportRun, Exported>
    {
        public async Task<Exported> Handle(ExportRun request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            string id = await RunIds.Run(reading, request.Run, cancellationToken);
            RunToExport run = await RunReader.Read(reading, id, cancellationToken);
            StepToExport model = ModelChoice.Of(run, request.Step);
            var files = ExportFiles.Of(run, model, new ArtifactStore(place.ArtifactFolder));
            var folder = ExportFolder.At(request.Folder, request.Force);
            folder.Write(files);
            return new Exported(run.Run, model.Path, run.Position, model.Retracted, folder.Path, [.. files.Select(f => new ExportedFile(f.Path, f.Bytes.LongLength))]);
        }
    }
}

/// <param name="Step">The step that made the network.</param>
/// <param name="Position">Position of the ledger the export is as of.</param>
/// <param name="Folder">Full path.</param>
public sealed record Exported(string Run, string Step, long Position, bool Retracted, string Folder, IReadOnlyList<ExportedFile> Files);

/// <param name="Path">Below the folder.</param>
public sealed record ExportedFile(string Path, long Bytes);
