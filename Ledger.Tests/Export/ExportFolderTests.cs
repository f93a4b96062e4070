using System.Text;
using Ledger.Domain;
using Ledger.Query.Export;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Export;

public sealed class ExportFolderTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    private string Out => _scratch.At("out");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Files_appear_under_their_paths_and_nothing_else_does()
    {
        Export("one", "a.txt", "outcomes/weak/pgd.parquet");

        Found(_scratch.Path).ShouldBe(["out/a.txt", "out/manifest.json", "out/outcomes/weak/pgd.parquet"]);
        File.ReadAllText(_scratch.At("out", "a.txt")).ShouldBe("one");
    }

    [Fact]
    public void An_empty_folder_is_filled()
    {
        Directory.CreateDirectory(Out);

        Export("one", "a.txt");

        File.Exists(_scratch.At("out", "a.txt")).ShouldBeTrue();
    }

    [Fact]
    public void A_folder_with_files_is_left_alone()
    {
        Export("one", "a.txt");

        Should.Throw<BadInput>(() => Export("two", "a.txt")).Message.ShouldContain("--force replaces an earlier export");
        File.ReadAllText(_scratch.At("out", "a.txt")).ShouldBe("one");
    }

    [Fact]
    public void Force_replaces_an_earlier_export_whole()
    {
        Export("one", "a.txt", "b.txt");
        Directory.CreateDirectory(_scratch.At("out", "__pycache__"));
        File.WriteAllText(_scratch.At("out", "__pycache__", "model.cpython-311.pyc"), "");

        Export("two", force: true, "a.txt");

        Found(_scratch.Path).ShouldBe(["out/a.txt", "out/manifest.json"]);
        File.ReadAllText(_scratch.At("out", "a.txt")).ShouldBe("two");
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("outcomes/mine.parquet")]
    public void Force_never_removes_what_no_export_has_written(string mine)
    {
        Export("one", "a.txt", "outcomes/weak.parquet");
        File.WriteAllText(_scratch.At("out", mine), "a week's work");

        Should.Throw<BadInput>(() => Export("two", force: true, "a.txt")).Message.ShouldContain(mine);

        File.ReadAllText(_scratch.At("out", mine)).ShouldBe("a week's work");
        File.ReadAllText(_scratch.At("out", "a.txt")).ShouldBe("one");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"format":"web-app","files":[{"path":"manifest.json"}]}""")]
    public void Force_does_not_take_another_programs_manifest_for_its_own(string manifest)
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(_scratch.At("out", "manifest.json"), manifest);

        Should.Throw<BadInput>(() => Export("two", force: true, "a.txt"));
        Found(_scratch.Path).ShouldBe(["out/manifest.json"]);
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        Directory.CreateDirectory(_scratch.At("elsewhere"));
        Directory.CreateSymbolicLink(Out, _scratch.At("elsewhere"));

        Should.Throw<BadInput>(() => Export("one", "a.txt")).Message.ShouldContain("a link");
        Found(_scratch.At("elsewhere")).ShouldBeEmpty();
    }

    [Fact]
    public void A_link_inside_an_earlier_export_is_somebody_elses()
    {
        Export("one", "a.txt");
        Directory.CreateDirectory(_scratch.At("elsewhere"));
        File.WriteAllText(_scratch.At("elsewhere", "kept"), "");
        Directory.CreateSymbolicLink(_scratch.At("out", "link"), _scratch.At("elsewhere"));

        Should.Throw<BadInput>(() => Export("two", force: true, "a.txt"));
        File.Exists(_scratch.At("elsewhere", "kept")).ShouldBeTrue();
    }

    [Fact]
    public void A_file_in_the_way_is_named()
    {
        File.WriteAllText(Out, "");

        Should.Throw<BadInput>(() => Export("one", "a.txt")).Message.ShouldContain($"a file at {Out}");
    }

    [Fact]
    public void The_current_folder_is_refused() =>
        Should.Throw<BadInput>(() => ExportFolder.At(".", force: true)).Message.ShouldContain("a folder for the export alone");

    [Fact]
    public void A_failure_on_the_way_leaves_what_was_there()
    {
        Export("one", "a.txt");

        // A file cannot be a folder as well, so that the second one cannot be written.
        Should.Throw<BadInput>(() => Export("two", force: true, "a.txt", "a.txt/b.txt")).Message.ShouldContain("cannot be written");

        Found(_scratch.Path).ShouldBe(["out/a.txt", "out/manifest.json"]);
        File.ReadAllText(_scratch.At("out", "a.txt")).ShouldBe("one");
    }

    [Theory]
    [InlineData("weak/pgd", true)]
    [InlineData("apgd@0.5", true)]
    [InlineData("../weak", false)]
    [InlineData("/weak", false)]
    [InlineData("weak//pgd", false)]
    [InlineData("weak/..", false)]
    [InlineData("weak\\pgd", false)]
    [InlineData("C:weak", false)]
    [InlineData("weak\n", false)]
    [InlineData("", false)]
    public void Only_names_that_stay_below_the_folder_are_safe(string path, bool safe) => ExportFile.IsSafe(path).ShouldBe(safe);

    private void Export(string content, params string[] paths) => Export(content, force: false, paths);

    private void Export(string content, bool force, params string[] paths)
    {
        List<ExportFile> files = [.. paths.Select(p => new ExportFile(p, Encoding.UTF8.GetBytes(content)))];
        ExportFolder.At(Out, force).Write([.. files, Manifest.Of(Runs.Run(), "base", retracted: false, files).ToFile()]);
    }

    private static List<string> Found(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];
}
