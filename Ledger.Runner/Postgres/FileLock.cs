using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ledger.Runner.Postgres;

internal enum LockKind
{
    Shared,
    Exclusive,
}

/// <summary>
/// A lock on a file (flock(2)), held by an open descriptor: the kernel releases it when the process ends, however it ends, and
/// no child inherits it (.NET opens with O_CLOEXEC). It excludes only those who ask for it, between processes and within one.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly SafeFileHandle locked;

    private FileLock(SafeFileHandle locked) => this.locked = locked;

    /// <summary>Waits as long as it takes, without a queue: a waiter asks again every 20 ms.</summary>
    public static async Task<FileLock> Acquire(string path, LockKind kind, CancellationToken stop)
    {
        FileLock? held = TryAcquire(path, kind);
        while (held is null)
        {
            await Task.Delay(Pause, stop);
            held = TryAcquire(path, kind);
        }

        return held;
    }

    /// <summary>Null when someone else's lock is in the way. Creates the file when it is missing.</summary>
    public static FileLock? TryAcquire(string path, LockKind kind)
    {
        SafeFileHandle? file = Open(path, kind);
        if (file is null)
        {
            return null;
        }

        int wanted = kind == LockKind.Shared ? Libc.LockShared : Libc.LockExclusive;
        if (Libc.Flock(file, wanted | Libc.LockWithoutWaiting) == 0)
        {
            return new FileLock(file);
        }

        int error = Marshal.GetLastPInvokeError();
        file.Dispose();
        return error == Libc.WouldBlock
            ? null
            : throw new IOException($"{path}: cannot lock ({Marshal.GetPInvokeErrorMessage(error)}); keep .ledger on a file system with locks");
    }

    public void Dispose() => locked.Dispose();

    // .NET takes a flock of its own on opening: exclusive for FileShare.None, shared for the rest. It must be the same kind as
    // ours, or two that ask for different kinds get in each other's way. It ignores failures to lock, hence the second call above.
    private static SafeFileHandle? Open(string path, LockKind kind)
    {
        try
        {
            if (!File.Exists(path))
            {
                File.AppendAllBytes(path, []);
            }

            return kind == LockKind.Shared
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == Libc.WouldBlock)
        {
            return null;
        }
    }
}
