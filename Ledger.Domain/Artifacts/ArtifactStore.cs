using Ledger.Domain.Evidence;

namespace Ledger.Domain.Artifacts;

/// <summary>Where bytes went: their address and their count.</summary>
public sealed record StoredArtifact(ContentHash Hash, long Size);

/// <summary>
/// Bytes addressed by their SHA-256, one file each: <c>objects/ab/cdef…</c>. It knows nothing of names, kinds or who
/// refers to what, never changes a file, and deletes one only when told to (<see cref="Free"/>). Any number of processes
/// may write the same bytes at once. What <see cref="Put(Action{Stream})"/> has returned survives a power cut; what is read is checked.
/// </summary>
public sealed class ArtifactStore(string folder)
{
    private readonly string _objects = Path.Combine(folder, "objects");

    private readonly string _temporary = Path.Combine(folder, "tmp");

    /// <summary>The folder given; it need not exist before the first <see cref="Put(Action{Stream})"/>.</summary>
    public string Folder { get; } = folder;

    /// <summary>Where the bytes with this digest are or would be.</summary>
    public string PathOf(ContentHash hash)
    {
        string name = hash.ToString();
        return Path.Combine(_objects, name[..2], name[2..]);
    }

    /// <summary>Whether a file of that name exists; whether it is sound, <see cref="Verify"/> says.</summary>
    public bool Has(ContentHash hash) => File.Exists(PathOf(hash));

    /// <exception cref="MissingArtifact"/>
    public long Size(ContentHash hash) =>
        new FileInfo(PathOf(hash)) is { Exists: true } file ? file.Length : throw new MissingArtifact(hash, PathOf(hash));

    public StoredArtifact Put(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        return Put(stream => stream.Write(copy));
    }

    /// <summary>Stores what <paramref name="write"/> writes to a stream that goes forward only.</summary>
    /// <exception cref="ArtifactStoreFull">There is no room; nothing of the attempt is left behind.</exception>
    /// <exception cref="CorruptArtifact">Other bytes stand already at the address.</exception>
    public StoredArtifact Put(Action<Stream> write)
    {
        string? temporary = null;
        try
        {
            Directory.CreateDirectory(_temporary);
            temporary = Path.Combine(_temporary, Path.GetRandomFileName());
            StoredArtifact artifact = WriteTemporary(temporary, write);
            MoveInPlace(temporary, artifact.Hash);
            return artifact;
        }
        catch (IOException full) when (ArtifactStoreFull.Is(full))
        {
            throw new ArtifactStoreFull(Folder, full);
        }
        finally
        {
            if (temporary is not null)
                File.Delete(temporary);
        }
    }

    /// <summary>
    /// The bytes, hashed as they are read: the read that reaches the end throws <see cref="CorruptArtifact"/> instead
    /// of giving the last bytes if the digest is another. Whoever stops before the end has checked nothing.
    /// </summary>
    /// <exception cref="MissingArtifact"/>
    public Stream Open(ContentHash hash)
    {
        string path = PathOf(hash);
        try
        {
            return new VerifyingStream(File.OpenRead(path), hash, path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MissingArtifact(hash, path);
        }
    }

    /// <exception cref="MissingArtifact"/>
    /// <exception cref="CorruptArtifact"/>
    public byte[] ReadAll(ContentHash hash)
    {
        using Stream stream = Open(hash);
        var bytes = new MemoryStream((int)stream.Length);
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Reads all bytes and returns when they are what the digest says.</summary>
    /// <exception cref="MissingArtifact"/>
    /// <exception cref="CorruptArtifact"/>
    public void Verify(ContentHash hash)
    {
        using Stream stream = Open(hash);
        stream.CopyTo(Stream.Null);
    }

    /// <summary>
    /// Deletes the bytes; nothing when they are not there. Whoever calls it knows that nobody wants them and that nobody is
    /// about to: a <see cref="Put(Action{Stream})"/> of the same bytes at the same moment may find them and rely on them. Put again later, they are back.
    /// </summary>
    public void Free(ContentHash hash)
    {
        string path = PathOf(hash);
        if (!File.Exists(path))
            return;
        File.Delete(path);
        DurableFiles.FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Every object there is, by name: whether its bytes are those of its name, <see cref="Verify"/> says. Other files are passed over.</summary>
    public IEnumerable<(ContentHash Hash, FileInfo File)> Objects()
    {
        foreach (var file in Files(_objects))
        {
            if (ContentHash.TryParse(file.Directory!.Name + file.Name, out var hash) && file.FullName == Path.GetFullPath(PathOf(hash)))
                yield return (hash, file);
        }
    }

    /// <summary>Files being written, or left behind by processes that were killed while they did.</summary>
    public IEnumerable<FileInfo> Unfinished() => Files(_temporary);

    private static IEnumerable<FileInfo> Files(string folder) =>
        new DirectoryInfo(folder) is { Exists: true } there ? there.EnumerateFiles("*", SearchOption.AllDirectories) : [];

    private static StoredArtifact WriteTemporary(string path, Action<Stream> write)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        using var hashing = new HashingStream(file);
        write(hashing);
        hashing.Flush();
        file.Flush(flushToDisk: true);
        return new StoredArtifact(hashing.Hash(), file.Length);
    }

    private void MoveInPlace(string temporary, ContentHash hash)
    {
        string path = PathOf(hash);
        string shard = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(shard);
        if (File.Exists(path))
            Verify(hash);
        else
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            File.Move(temporary, path, overwrite: true);
        }

        // Another writer may have made the name a moment ago and not have flushed it yet.
        foreach (string changed in new[] { shard, _objects, Folder })
            DurableFiles.FlushFolder(changed);
    }
}
