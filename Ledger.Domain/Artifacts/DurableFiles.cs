using System.Runtime.InteropServices;

namespace Ledger.Domain.Artifacts;

/// <summary>
/// What a file system needs to be told so that a new name outlives a power cut: on Linux and macOS a rename is durable
/// only once the folder itself is flushed, and .NET cannot open a folder.
/// </summary>
public static partial class DurableFiles
{
    private const int ReadOnly = 0;

    /// <summary>A new file, whole or not at all, that outlives a power cut. Its folder is made when it is missing.</summary>
    /// <param name="mode">Who may do what with it; null: everyone may read, nobody write.</param>
    /// <exception cref="ArtifactStoreFull">There is no room; nothing is left behind.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null)
    {
        string folder = Path.GetDirectoryName(path)!, temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(folder);
            using (var file = new FileStream(temporary, Options(mode ?? UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            FlushFolder(folder);
        }
        catch (IOException full) when (ArtifactStoreFull.Is(full))
        {
            throw new ArtifactStoreFull(folder, full);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static FileStreamOptions Options(UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        return options;
    }

    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int handle = Open(folder, ReadOnly);
        if (handle < 0)
            throw Failure(folder);
        try
        {
            if (Fsync(handle) != 0)
                throw Failure(folder);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Failure(string folder)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot flush the folder {folder}: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
