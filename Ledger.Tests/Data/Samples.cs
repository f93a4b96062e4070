using Ledger.Runner.Data;
using Ledger.Runner.Steps;

namespace Ledger.Tests.Data;

/// <summary>Small real files that come with the tests.</summary>
internal static class Samples
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Data", "Samples");

    /// <summary>The first 8 records of data_batch_1.bin, 2 of data_batch_2.bin and 4 of test_batch.bin.</summary>
    public static DataLocation Cifar10 { get; } = new("cifar10", DataFormats.Cifar10, Path.Combine(Root, "cifar10"));

    /// <summary>Two cats and a dog to train, a cat to test.</summary>
    public static DataLocation Folder { get; } = new("cifar10-jpeg", DataFormats.ImageFolder, Path.Combine(Root, "folder"));
}
