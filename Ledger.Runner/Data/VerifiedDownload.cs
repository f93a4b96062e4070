using System.Formats.Tar;
using System.IO.Compression;
using Ledger.Domain;
using Ledger.Domain.Evidence;

namespace Ledger.Runner.Data;

/// <summary>A file that is in place only if its bytes are the known ones.</summary>
public static class VerifiedDownload
{
    /// <summary>The digest is that of the decompressed bytes: two ways of compressing the same data are the same data.</summary>
    /// <exception cref="BadInput">Not to be had, or other bytes than the known ones.</exception>
    public static async Task To(string path, Download download, HttpClient http, CancellationToken stop)
    {
        await Fetch(path + ".part", download.Url, http, temporary =>
        {
            using (var content = new GZipStream(File.OpenRead(temporary), CompressionMode.Decompress))
                Expect(download.Digest, content, download.Url);
            File.Move(temporary, path, overwrite: true);
        }, stop);
    }

    /// <summary>Downloads to a temporary file, which is gone afterwards, and says in a person's words what went wrong.</summary>
    internal static async Task Fetch(string temporary, string url, HttpClient http, Action<string> use, CancellationToken stop)
    {
        try
        {
            await using (var from = await http.GetStreamAsync(new Uri(url), stop))
            await using (var to = File.Create(temporary))
                await from.CopyToAsync(to, stop);
            use(temporary);
        }
        catch (Exception failed) when (failed is HttpRequestException or HttpIOException or InvalidDataException)
        {
            throw new BadInput(new Problem(failed.Message, "a file that can be downloaded", File: url));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <exception cref="BadInput">The content is not the known one.</exception>
    internal static void Expect(string digest, Stream content, string url)
    {
        var found = ContentHash.Of(content).ToString();
        if (found != digest)
            throw new BadInput(new Problem($"content with the digest {found}", digest, File: url, Hint: "nothing was kept"));
    }
}

/// <summary>Files out of an archive whose bytes are the known ones.</summary>
public static class VerifiedArchive
{
    /// <exception cref="BadInput">Not to be had, other bytes than the known ones, or without one of the files.</exception>
    public static Task To(string folder, Archive archive, HttpClient http, CancellationToken stop) =>
        VerifiedDownload.Fetch(Path.Combine(folder, "archive.part"), archive.Url, http, temporary =>
        {
            using (var bytes = File.OpenRead(temporary))
                VerifiedDownload.Expect(archive.Digest, bytes, archive.Url);
            Unpack(temporary, folder, archive);
        }, stop);

    /// <summary>Only the names that were asked for are written, so that no path in the archive matters.</summary>
    private static void Unpack(string path, string folder, Archive archive)
    {
        using var tar = new TarReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var missing = archive.Files.ToHashSet(StringComparer.Ordinal);
        while (missing.Count > 0 && tar.GetNextEntry() is { } entry)
        {
            var name = Path.GetFileName(entry.Name);
            if (entry.DataStream is not null && missing.Remove(name))
                entry.ExtractToFile(Path.Combine(folder, name), overwrite: true);
        }

        if (missing.Count > 0)
            throw new InvalidDataException($"an archive without {string.Join(", ", missing.Order(StringComparer.Ordinal))}");
    }
}
