using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public sealed class DatasetCatalogTests : IDisposable
{
    private readonly TinyData tiny = new();

    public void Dispose() => tiny.Dispose();

    [Fact]
    public void The_sample_comes_with_the_program()
    {
        var location = new DatasetCatalog(DataSources.All, []).Locate("fashion-mnist-sample");

        var train = Examples.Read(location, new ExamplesSpec("fashion-mnist-sample", "train", null));
        var test = Examples.Read(location, new ExamplesSpec("fashion-mnist-sample", "test", null));

        (train.Count, test.Count).ShouldBe((5000, 1000));
        train.Shape.ShouldBe([1, 28, 28]);
        train.Digest().ToString().ShouldBe("d4a48d5c25262d0331e08247ab064ff20abeebbde9b34e225a2f8b84a1f072fe");
    }

    [Fact]
    public void A_folder_of_ones_own_comes_before_what_packages_put_there()
    {
        var source = new DataSource("tiny", "", "", [tiny.Folder], []);
        using var own = new TinyData();
        var root = Directory.CreateTempSubdirectory("ledger-roots-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(root, "tiny"), own.Folder);

        new DatasetCatalog([source], [root]).Locate("tiny").Folder.ShouldBe(Path.Combine(root, "tiny"));
        new DatasetCatalog([source], []).Locate("tiny").Folder.ShouldBe(tiny.Folder);
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void A_name_with_a_slash_is_a_folder() =>
        new DatasetCatalog([], []).Locate(tiny.Folder).Folder.ShouldBe(tiny.Folder);

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones() =>
        Should.Throw<BadInput>(() => new DatasetCatalog(DataSources.All, []).Locate("fashion")).Message.ShouldContain("fashion-mnist-sample");

    [Fact]
    public void What_is_not_here_says_how_to_get_it()
    {
        var source = new DataSource("absent", "", "fetch it from the shelf", [], []);
        var catalog = new DatasetCatalog([source], []);

        Should.Throw<BadInput>(() => catalog.Locate("absent")).Message.ShouldContain("fetch it from the shelf");
        catalog.All().ShouldHaveSingleItem().Folder.ShouldBeNull();
    }

    [Fact]
    public void A_folder_without_the_four_files_is_refused() =>
        Should.Throw<BadInput>(() => new DatasetCatalog([], []).Locate("/usr")).Message.ShouldContain("train-images-idx3-ubyte");

    [Fact]
    public void A_folder_says_by_its_files_what_form_it_has()
    {
        var catalog = new DatasetCatalog([], []);

        catalog.Locate(tiny.Folder).Format.ShouldBe("idx");
        catalog.Locate(Samples.Cifar10.Folder).Format.ShouldBe("cifar-10");
        catalog.Locate(Samples.Folder.Folder).Format.ShouldBe("image-folder");
    }

    [Fact]
    public void A_folder_in_another_form_is_not_the_data_set_of_that_name()
    {
        var root = Directory.CreateTempSubdirectory("ledger-roots-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(root, "cifar10"), Samples.Folder.Folder);
        Directory.CreateSymbolicLink(Path.Combine(root, "cifar10-jpeg"), Samples.Folder.Folder);
        var catalog = new DatasetCatalog([.. DataSources.All.Select(source => source with { Places = [] })], [root]);

        Should.Throw<BadInput>(() => catalog.Locate("cifar10"));
        catalog.Locate("cifar10-jpeg").Format.ShouldBe("image-folder");
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void A_synthetic_task_needs_no_folder() =>
        new DatasetCatalog(DataSources.All, []).Locate("halfspace").ShouldBe(new("halfspace", "synthetic", ""));
}
