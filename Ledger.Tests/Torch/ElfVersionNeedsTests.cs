using Ledger.Runner.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Torch;

public class ElfVersionNeedsTests
{
    private static readonly byte[] Library = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libLibTorchSharp.so"));

    [Fact]
    public void TorchSharp_asks_for_a_version_of_the_cpp_library_that_Debian_12_lacks() =>
        ElfVersionNeeds.Read(Library).ShouldContain(("GLIBCXX_3.4.32", false));

    [Fact]
    public void Making_a_version_optional_changes_one_byte()
    {
        var patched = ElfVersionNeeds.WithOptional(Library, "GLIBCXX_3.4.32");

        patched.Index().Count(at => at.Item != Library[at.Index]).ShouldBe(1);
        ElfVersionNeeds.Read(patched).ShouldContain(("GLIBCXX_3.4.32", true));
        ElfVersionNeeds.Read(patched).Where(need => need.Weak).ShouldHaveSingleItem();
    }

    [Fact]
    public void Making_it_optional_again_changes_nothing()
    {
        var patched = ElfVersionNeeds.WithOptional(Library, "GLIBCXX_3.4.32");

        ElfVersionNeeds.WithOptional(patched, "GLIBCXX_3.4.32").ShouldBe(patched);
    }

    [Fact]
    public void A_version_that_is_not_asked_for_is_an_error() =>
        Should.Throw<InvalidDataException>(() => ElfVersionNeeds.WithOptional(Library, "GLIBCXX_9.9.99"))
            .Message.ShouldContain("GLIBCXX_9.9.99");

    [Fact]
    public void What_is_no_elf_library_is_refused() =>
        Should.Throw<InvalidDataException>(() => ElfVersionNeeds.Read(new byte[100]));
}
