using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Ledger.Runner.Steps;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public sealed class CifarDatasetTests : IDisposable
{
    private const int Pixels = 3072;

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-cifar-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Parts_of_the_real_files_are_read_in_the_order_of_their_numbers()
    {
        var train = Read(Samples.Cifar10, "train");
        var test = Read(Samples.Cifar10, "test");

        train.Shape.ShouldBe([3, 32, 32]);
        train.Labels.ShouldBe([6, 9, 9, 4, 1, 1, 2, 7, 1, 6]);
        train.Indices.ShouldBe(Enumerable.Range(0, 10));
        test.Labels.ShouldBe([3, 8, 8, 0]);
        (train.Classes, test.Classes).ShouldBe((10, 10));
    }

    [Fact]
    public void The_first_image_has_its_published_pixels()
    {
        // The frog: 59, 43, 50 begin its first red row, 62, 46, 48 its first green one, 63, 45, 43 its first blue one.
        var pixels = Read(Samples.Cifar10, "train").Pixels;

        pixels[..3].ShouldBe([59, 43, 50]);
        pixels[1024..1027].ShouldBe([62, 46, 48]);
        pixels[2048..2051].ShouldBe([63, 45, 43]);
    }

    [Fact]
    public void The_label_of_a_hundred_classes_is_the_fine_one()
    {
        Write("train.bin", [.. Record(19, 99), .. Record(0, 1)]);
        Write("test.bin", Record(3, 7));

        var train = Read(new("c", DataFormats.Of(folder)!, folder), "train");

        train.Labels.ShouldBe([99, 1]);
        train.Classes.ShouldBe(100);
        train.Pixels.Length.ShouldBe(2 * Pixels);
        train.Pixels[..3].ShouldBe([0, 1, 2]);
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(Pixels, "3072 bytes")]
    [InlineData((2 * Pixels) + 1, "6145 bytes")]
    [InlineData(Pixels + 2, "3074 bytes")]
    public void What_is_no_whole_number_of_records_is_refused(int bytes, string found)
    {
        Write("data_batch_3.bin", new byte[bytes]);
        Write("test_batch.bin", Record(1));

        var problem = Should.Throw<BadInput>(() => Read(new("c", DataFormats.Cifar10, folder), "train")).Problems.ShouldHaveSingleItem();

        problem.File.ShouldBe(Path.Combine(folder, "data_batch_3.bin"));
        (problem.Found, problem.Expected).ShouldBe((found, "a whole number of records of 3073 bytes"));
    }

    [Fact]
    public void A_label_beyond_the_classes_names_its_file_and_record()
    {
        Write("data_batch_1.bin", [.. Record(1), .. Record(2)]);
        Write("data_batch_4.bin", [.. Record(1), .. Record(10)]);

        var problem = Should.Throw<BadInput>(() => Read(new("c", DataFormats.Cifar10, folder), "train")).Problems.ShouldHaveSingleItem();

        problem.File.ShouldBe(Path.Combine(folder, "data_batch_4.bin"));
        problem.Found.ShouldBe("label 10 in record 1");
    }

    [Fact]
    public void A_missing_split_is_refused() =>
        Should.Throw<BadInput>(() => Read(new("c", DataFormats.Cifar10, folder), "train")).Message.ShouldContain("data_batch_1.bin or data_batch_2.bin");

    private static Examples Read(DataLocation location, string split) => Examples.Read(location, new ExamplesSpec(location.Name, split, null));

    private static byte[] Record(params byte[] labels) => [.. labels, .. Enumerable.Range(0, Pixels).Select(value => (byte)value)];

    private void Write(string file, byte[] bytes) => File.WriteAllBytes(Path.Combine(folder, file), bytes);
}
