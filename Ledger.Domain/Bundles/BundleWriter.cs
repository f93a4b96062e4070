using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;

namespace Ledger.Domain.Bundles;

/// <summary>Writes a bundle beside its name and puts it in place when it is whole.</summary>
public sealed class BundleWriter : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _partial;
    private readonly FileStream _file;
    private readonly TarWriter _tar;
    private readonly StringBuilder _sums = new();
    private bool _done;

    /// <param name="path">Must not exist.</param>
    public BundleWriter(string path)
    {
        (_path, _partial) = (path, $"{path}.{Path.GetRandomFileName()}");
        _file = new FileStream(_partial, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        _tar = new TarWriter(_file, TarEntryFormat.Ustar, leaveOpen: true);
    }

    public Task Add(string name, byte[] bytes, CancellationToken stop) => Add(name, new MemoryStream(bytes), ContentHash.Of(bytes), stop);

    /// <param name="content">From its beginning; it can be read twice.</param>
    public async Task Add(string name, FileStream content, CancellationToken stop)
    {
        content.Position = 0;
        var digest = ContentHash.FromDigest(await SHA256.HashDataAsync(content, stop));
        content.Position = 0;
        await Add(name, content, digest, stop);
    }

    /// <param name="digest">Of the content, which checks it while it is read.</param>
    public async Task Add(string name, Stream content, ContentHash digest, CancellationToken stop)
    {
        var entry = new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = content,
            ModificationTime = DateTimeOffset.UnixEpoch,
            Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        };
        await _tar.WriteEntryAsync(entry, stop);
        _sums.Append(digest).Append("  ").Append(name).Append('\n');
    }

    /// <summary>The digests, and the file in its place.</summary>
    /// <returns>SHA-256 of the list of digests, which stands for the whole.</returns>
    public async Task<ContentHash> Finish(CancellationToken stop)
    {
        byte[] sums = Encoding.ASCII.GetBytes(_sums.ToString());
        await Add(BundleNames.Sums, sums, stop);
        await _tar.DisposeAsync();
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        File.Move(_partial, _path);
        DurableFiles.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        _done = true;
        return ContentHash.Of(sums);
    }

    public async ValueTask DisposeAsync()
    {
        if (_done)
            return;
        await _tar.DisposeAsync();
        await _file.DisposeAsync();
        File.Delete(_partial);
    }
}
