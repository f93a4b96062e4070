using Ledger.Domain;
using Ledger.Runner.Data;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public sealed class ImageFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("ledger-images-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Real_images_are_read_with_the_classes_of_their_folders()
    {
        var train = Examples.Read(Samples.Folder, new("cifar10-jpeg", "train", null));
        var test = Examples.Read(Samples.Folder, new("cifar10-jpeg", "test", null));

        train.Shape.ShouldBe([3, 32, 32]);
        train.Labels.ShouldBe([0, 0, 1]);
        (train.Classes, test.Classes, test.Count).ShouldBe((2, 2, 1));
        train.Digest().ToString().ShouldBe("8ada88f1e52f0c25ccc3b028ed1562f67689353160838263edb4a23aefa30ad5");
    }

    [Fact]
    public void Classes_and_files_are_in_ordinal_order_and_hidden_names_passed_over()
    {
        Write("train/b/2.png", 20);
        Write("train/b/10.png", 21);
        Write("train/Z/x.png", 10);
        Write("train/Z/.hidden", 99);
        Write("test/b/0.png", 30);

        var train = Read("train");

        train.Labels.ShouldBe([0, 1, 1]);
        train.Pixels.ShouldBe([10, 21, 20]);
        Read("test").Labels.ShouldBe([1]);
    }

    [Fact]
    public void Only_what_is_chosen_is_decoded()
    {
        Write("train/a/0.png", 1);
        File.WriteAllText(At("train/a/1.png"), "not an image");
        Write("train/a/2.png", 3);
        Write("test/a/0.png", 1);

        Examples.Read(Location, new("f", "train", First: 1)).Pixels.ShouldBe([1]);
        Should.Throw<BadInput>(() => Read("train")).Problems.ShouldHaveSingleItem().File.ShouldBe(At("train/a/1.png"));
    }

    [Fact]
    public void Images_of_another_size_are_all_named_in_order()
    {
        Write("train/a/0.png", 1);
        Write("train/a/1.png", 1, 2);
        Write("train/a/2.png", 3);
        Write("train/b/0.png", 1, 2, 3);
        Write("test/a/0.png", 1);

        var problems = Should.Throw<BadInput>(() => Read("train")).Problems;

        problems.Select(problem => problem.File).ShouldBe([At("train/a/1.png"), At("train/b/0.png")]);
        (problems[0].Found, problems[0].Expected).ShouldBe(("an image of 1 × 1 × 2", "1 × 1 × 1, as 0.png has"));
    }

    [Fact]
    public void A_class_that_only_the_test_split_has_is_refused()
    {
        Write("train/a/0.png", 1);
        Write("test/b/0.png", 1);

        Should.Throw<BadInput>(() => Read("test")).Problems.ShouldHaveSingleItem().File.ShouldBe(At("test/b"));
    }

    [Fact]
    public void More_classes_than_labels_can_tell_apart_are_refused()
    {
        for (var name = 0; name < 257; name++)
            Directory.CreateDirectory(At($"train/{name}"));

        Should.Throw<BadInput>(() => Read("train")).Message.ShouldContain("found 257 class folders, expected 1 to 256: labels are bytes");
    }

    [Fact]
    public void Folders_without_images_are_refused()
    {
        Directory.CreateDirectory(At("train/a"));

        Should.Throw<BadInput>(() => Read("train")).Message.ShouldContain("no images");
    }

    private Ledger.Runner.Steps.DataLocation Location => new("f", DataFormats.ImageFolder, folder);

    private Examples Read(string split) => Examples.Read(Location, new("f", split, null));

    private string At(string name) => Path.Combine(folder, name);

    private void Write(string name, params byte[] row)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), Pngs.Of(row.Length, colour: 0, [row]));
    }
}
