using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Xunit;

namespace Ledger.Tests.Artifacts;

/// <summary>
/// A memory disk of a few kilobytes over a folder, seen only by the thread that asked: on Linux a mount namespace
/// belongs to a thread and its mounts go away with it. Needs root; skipped elsewhere.
/// </summary>
internal static partial class TinyDisk
{
    private const int NewMountNamespace = 0x00020000;

    private const ulong PrivateAndBelow = (1 << 18) | (1 << 14);

    public static void Run(string folder, int kilobytes, Action test)
    {
        string? unavailable = null;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            if (Unshare(NewMountNamespace) != 0 || Mount("none", "/", null, PrivateAndBelow, null) != 0
                || Mount("tmpfs", folder, "tmpfs", 0, $"size={kilobytes}k") != 0)
            {
                unavailable = Marshal.GetLastPInvokeErrorMessage();
                return;
            }

            try
            {
                test();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        Assert.SkipWhen(unavailable is not null, $"A disk that can be filled needs the right to mount one: {unavailable}.");
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string? type, ulong flags, string? data);
}
