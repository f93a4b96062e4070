using System.IO.Compression;
using FluentValidation;
using Ledger.Domain;
using Ledger.Domain.Evidence;
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
            if (source.Downloads.Count == 0)
                throw new BadInput(new Problem($"{source.Name} cannot be downloaded", source.HowToGet));
            var folder = Path.Combine(home.Folder.Location, "data", source.Name);
            Directory.CreateDirectory(folder);
            foreach (var download in source.Downloads)
            {
                console.WriteLine($"{download.Url}");
                await VerifiedDownload.To(Path.Combine(folder, download.File), download, http, cancellationToken);
            }

            return catalog.All().Single(finding => finding.Name == source.Name);
        }
    }
}

/// <summary>A file that is in place only if its bytes are the known ones.</summary>
public static class VerifiedDownload
{
    /// <summary>The digest is that of the decompressed bytes: two ways of compressing the same data are the same data.</summary>
    /// <exception cref="BadInput">Not to be had, or other bytes than the known ones.</exception>
    public static async Task To(string path, Download download, HttpClient http, CancellationToken stop)
    {
        var temporary = path + ".part";
        try
        {
            await using (var from = await http.GetStreamAsync(new Uri(download.Url), stop))
            await using (var to = File.Create(temporary))
                await from.CopyToAsync(to, stop);
            var found = DigestOf(temporary);
            if (found.ToString() != download.Digest)
                throw new BadInput(new Problem($"content with the digest {found}", download.Digest, File: download.Url, Hint: "nothing was kept"));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failed) when (failed is HttpRequestException or HttpIOException or InvalidDataException)
        {
            throw new BadInput(new Problem(failed.Message, "a file that can be downloaded", File: download.Url));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static ContentHash DigestOf(string gzipped)
    {
        using var content = new GZipStream(File.OpenRead(gzipped), CompressionMode.Decompress);
        return ContentHash.Of(content);
    }
}
