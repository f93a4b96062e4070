using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Postgres;

public sealed class LedgerFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("ledger-tests-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void It_is_found_upward_from_any_folder_below()
    {
        LedgerFolder made = LedgerFolder.FindOrCreate(root);
        string deep = Directory.CreateDirectory(Path.Combine(root, "a", "b")).FullName;
        LedgerFolder.Find(deep)!.Location.ShouldBe(made.Location);
        LedgerFolder.FindOrCreate(deep).Location.ShouldBe(made.Location);
        Directory.Exists(Path.Combine(deep, LedgerFolder.Name)).ShouldBeFalse();
    }

    [Fact]
    public void The_nearest_one_counts()
    {
        LedgerFolder.FindOrCreate(root);
        string inner = Directory.CreateDirectory(Path.Combine(root, "inner", LedgerFolder.Name)).FullName;
        LedgerFolder.Find(Path.Combine(root, "inner"))!.Location.ShouldBe(inner);
    }

    [Fact]
    public void A_new_one_holds_a_place_for_artifacts_and_is_invisible_to_git()
    {
        LedgerFolder made = LedgerFolder.FindOrCreate(root);
        made.Objects.ShouldBe(Path.Combine(root, ".ledger", "objects"));
        Directory.Exists(made.Objects).ShouldBeTrue();
        File.ReadAllText(Path.Combine(made.Location, ".gitignore")).ShouldBe("*\n");
    }

    [Fact]
    public void The_same_folder_reached_over_a_link_is_the_same()
    {
        LedgerFolder made = LedgerFolder.FindOrCreate(Directory.CreateDirectory(Path.Combine(root, "real")).FullName);
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(root, "real"));
        LedgerFolder.Find(Path.Combine(root, "link"))!.Location.ShouldBe(made.Location);
    }

    [Fact]
    public void The_cluster_is_inside_unless_a_pointer_says_otherwise()
    {
        LedgerFolder made = LedgerFolder.FindOrCreate(root);
        made.DataDirectory.ShouldBe(Path.Combine(root, ".ledger", "postgres"));
        File.WriteAllText(made.Pointer, "/var/lib/ledger/0123456789ab\n");
        made.DataDirectory.ShouldBe("/var/lib/ledger/0123456789ab");
    }

    [Fact]
    public void A_directory_that_is_not_there_is_named() =>
        Should.Throw<DirectoryNotFoundException>(() => LedgerFolder.FindOrCreate(Path.Combine(root, "nowhere"))).Message.ShouldContain("nowhere");
}
