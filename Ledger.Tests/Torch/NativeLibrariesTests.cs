using Ledger.Domain;
using Ledger.Runner.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Torch;

public sealed class NativeLibrariesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("ledger-native-tests-").FullName;

    private static string Binding => Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libLibTorchSharp.so");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_patched_copy_is_kept_under_the_digest_of_the_original()
    {
        var copy = PatchedLibrary.Place(Binding, "GLIBCXX_3.4.32", folder);

        Path.GetFileNameWithoutExtension(copy).Length.ShouldBe(64);
        Directory.GetFiles(folder).ShouldBe([copy]);
    }

    [Fact]
    public void The_copy_is_made_once()
    {
        var copy = PatchedLibrary.Place(Binding, "GLIBCXX_3.4.32", folder);
        var made = new FileInfo(copy).LastWriteTimeUtc;

        PatchedLibrary.Place(Binding, "GLIBCXX_3.4.32", folder);

        new FileInfo(copy).LastWriteTimeUtc.ShouldBe(made);
    }

    [Fact]
    public void A_damaged_copy_is_replaced()
    {
        var copy = PatchedLibrary.Place(Binding, "GLIBCXX_3.4.32", folder);
        var sound = File.ReadAllBytes(copy);
        File.WriteAllBytes(copy, sound[..1000]);

        PatchedLibrary.Place(Binding, "GLIBCXX_3.4.32", folder);

        File.ReadAllBytes(copy).ShouldBe(sound);
    }

    [Fact]
    public void The_variable_may_name_a_pytorch_folder_or_its_lib()
    {
        var lib = Directory.CreateDirectory(Path.Combine(folder, "lib")).FullName;
        File.WriteAllText(Path.Combine(lib, "libtorch_cpu.so"), "");

        NativeLibraries.FindLibTorch(folder, programFolder: "/").ShouldBe(lib);
        NativeLibraries.FindLibTorch(lib, programFolder: "/").ShouldBe(lib);
    }

    [Fact]
    public void Without_libtorch_the_error_says_where_it_was_sought_and_what_to_do()
    {
        var error = Should.Throw<BadInput>(() => NativeLibraries.FindLibTorch(variable: null, folder));

        error.Message.ShouldContain("libtorch_cpu.so");
        error.Message.ShouldContain(Path.Combine(folder, "libtorch"));
        error.Message.ShouldContain("dotnet build");
        error.Message.ShouldContain("LEDGER_LIBTORCH");
    }

    [Fact]
    public void The_variable_is_not_silently_passed_over() =>
        Should.Throw<BadInput>(() => NativeLibraries.FindLibTorch(folder, AppContext.BaseDirectory)).Message.ShouldContain(folder);
}
