using FluentValidation;
using Ledger.Domain;
using MediatR;
using Spectre.Console;

namespace Ledger.Runner.Data;

/// <summary>Downloads a data set into the ledger's folder, because a person asked for it. Bytes that are not the known ones are refused.</summary>
public sealed record GetDataset(string Name) : IRequest<DatasetFinding>
{
    public sealed class Validator : AbstractValidator<GetDataset>
    {
        public Validator() => RuleFor(command => command.Name).NotEmpty();
    }

    public sealed class Handler(DatasetCatalog catalog, LedgerHome home, HttpClient http, IAnsiConsole console) : IRequestHandler<GetDataset, DatasetFinding>
    {
        public async Task<DatasetFinding> Handle(GetDataset request, CancellationToken cancellationToken)
        {
            var source = catalog.Known(request.Name);
            if (source.Downloads.Count == 0 && source.Archive is null)
                throw new BadInput(new Problem($"{source.Name} cannot be downloaded", source.HowToGet));
            var folder = Path.Combine(home.Folder.Location, "data", source.Name);
            Directory.CreateDirectory(folder);
            foreach (var download in source.Downloads)
            {
                console.WriteLine($"{download.Url}");
                await VerifiedDownload.To(Path.Combine(folder, download.File), download, http, cancellationToken);
            }

            if (source.Archive is { } archive)
            {
                console.WriteLine($"{archive.Url}");
                await VerifiedArchive.To(folder, archive, http, cancellationToken);
            }

            return catalog.All().Single(finding => finding.Name == source.Name);
        }
    }
}
