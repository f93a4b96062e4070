using System.Runtime.InteropServices;

namespace Ledger.Runner.Torch;

/// <summary>How the C library keeps the memory that tensors are made of.</summary>
internal static partial class NativeMemory
{
    // Of glibc's malloc.h. Before 2.35 a threshold above 32 MiB is refused.
    private const int TrimThreshold = -1, MmapThreshold = -3, Large = 1 << 30, Older = 32 << 20;

    /// <summary>
    /// Keeps freed memory for the next tensor. Otherwise glibc maps and unmaps every activation tensor anew, and a gradient by the pixels of a
    /// small network took up to 2.7 times as long (two cores of a virtual machine).
    /// </summary>
    /// <returns>False where the C library is not glibc: memory is kept in its own way.</returns>
    public static bool KeepFreed() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "mallopt", out _)
        && (Mallopt(MmapThreshold, Large) != 0 || Mallopt(MmapThreshold, Older) != 0)
        && Mallopt(TrimThreshold, int.MaxValue) != 0;

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int Mallopt(int parameter, int value);
}
