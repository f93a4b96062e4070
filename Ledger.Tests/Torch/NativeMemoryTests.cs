using Ledger.Runner.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Torch;

public class NativeMemoryTests
{
    [Fact]
    public void Glibc_is_told_to_keep_freed_memory() =>
        NativeMemory.KeepFreed().ShouldBe(OperatingSystem.IsLinux() && File.ReadAllText("/proc/self/maps").Contains("libc.so.6", StringComparison.Ordinal));
}
