using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Runner.Data;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public sealed class VerifiedDownloadTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 50_000).Select(value => (byte)((value * 2_654_435_761) >> 24))];

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-download-").FullName;

    private string Target => Path.Combine(folder, "images.gz");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public async Task The_known_content_is_kept_however_it_was_compressed(CompressionLevel level)
    {
        await From(new Answer(Zipped(Content, level)));

        await using var kept = new GZipStream(File.OpenRead(Target), CompressionMode.Decompress);
        ContentHash.Of(kept).ShouldBe(ContentHash.Of(Content));
        Directory.GetFiles(folder).ShouldBe([Target]);
    }

    [Fact]
    public async Task Other_content_is_refused_and_what_was_there_stays()
    {
        await File.WriteAllTextAsync(Target, "as it was", TestContext.Current.CancellationToken);

        var refused = await Should.ThrowAsync<BadInput>(() => From(new Answer(Zipped([1, 2, 3], CompressionLevel.Fastest))));

        refused.Message.ShouldContain(ContentHash.Of([1, 2, 3]).ToString());
        refused.Message.ShouldContain(ContentHash.Of(Content).ToString());
        (await File.ReadAllTextAsync(Target, TestContext.Current.CancellationToken)).ShouldBe("as it was");
        Directory.GetFiles(folder).ShouldBe([Target]);
    }

    [Fact]
    public async Task What_is_no_gzip_file_or_cannot_be_had_is_refused_with_its_address()
    {
        (await Should.ThrowAsync<BadInput>(() => From(new Answer("<html>log in</html>"u8.ToArray())))).Message.ShouldContain("example.org/images.gz");
        (await Should.ThrowAsync<BadInput>(() => From(new Answer([], HttpStatusCode.NotFound)))).Message.ShouldContain("404");
        (await Should.ThrowAsync<BadInput>(() => From(new Answer(Zipped(Content, CompressionLevel.Fastest)[..^1000])))).Message.ShouldContain("example.org/images.gz");
        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_download_that_breaks_off_is_refused_and_nothing_is_kept()
    {
        var refused = await Should.ThrowAsync<BadInput>(() => From(new Answer(new BreakingOff())));

        refused.Message.ShouldContain("example.org/images.gz");
        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_wanted_files_of_a_known_archive_are_unpacked_whatever_their_folders()
    {
        var tar = Tar(("../../evil/a.bin", [1, 2]), ("deep/b.bin", [3]), ("other.txt", [4]));

        await Unpack(tar, ContentHash.Of(tar).ToString());

        Directory.GetFiles(folder).Select(Path.GetFileName).Order().ShouldBe(["a.bin", "b.bin"]);
        (await File.ReadAllBytesAsync(Path.Combine(folder, "a.bin"), TestContext.Current.CancellationToken)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Another_archive_or_one_without_a_file_leaves_nothing()
    {
        var tar = Tar(("x/b.bin", [3]));

        (await Should.ThrowAsync<BadInput>(() => Unpack(tar, ContentHash.Of([]).ToString()))).Message.ShouldContain(ContentHash.Of(tar).ToString());
        Directory.GetFiles(folder).ShouldBeEmpty();
        (await Should.ThrowAsync<BadInput>(() => Unpack(tar, ContentHash.Of(tar).ToString()))).Message.ShouldContain("an archive without a.bin");
    }

    private async Task Unpack(byte[] tar, string digest)
    {
        using var http = new HttpClient(new Answer(tar));
        await VerifiedArchive.To(folder, new("https://example.org/all.tar.gz", digest, ["a.bin", "b.bin"]), http, TestContext.Current.CancellationToken);
    }

    private static byte[] Tar(params (string Name, byte[] Content)[] files)
    {
        using var into = new MemoryStream();
        using (var zip = new GZipStream(into, CompressionLevel.Fastest))
        using (var tar = new TarWriter(zip))
        {
            foreach (var (name, content) in files)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }

        return into.ToArray();
    }

    private async Task From(HttpMessageHandler answer)
    {
        using var http = new HttpClient(answer);
        await VerifiedDownload.To(
            Target, new Download("images.gz", "https://example.org/images.gz", ContentHash.Of(Content).ToString()), http, TestContext.Current.CancellationToken);
    }

    private static byte[] Zipped(byte[] content, CompressionLevel level)
    {
        using var into = new MemoryStream();
        using (var zip = new GZipStream(into, level))
            zip.Write(content);
        return into.ToArray();
    }

    private sealed class Answer(HttpContent content, HttpStatusCode status = HttpStatusCode.OK) : HttpMessageHandler
    {
        public Answer(byte[] body, HttpStatusCode status = HttpStatusCode.OK)
            : this(new ByteArrayContent(body), status)
        {
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = content, RequestMessage = request });
    }

    /// <summary>A connection lost before the body ends, as the client's own stream says it.</summary>
    private sealed class BreakingOff : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely.");

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new Lost());

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Lost : MemoryStream
    {
        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
    }
}
