using System.Runtime.InteropServices;

namespace Ledger.Domain.Artifacts;

/// <summary>
/// What a file system needs to be told so that a new name outlives a power cut: on Linux and macOS a rename is durable
/// only once the folder itself is flushed, and .NET cannot open a folder.
/// </summary>
public static partial class DurableFiles
{
    private const int ReadOnly = 0;

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
