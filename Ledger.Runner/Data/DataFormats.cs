using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Data;

/// <summary>One split before any of it is chosen.</summary>
/// <param name="Take">The examples with these indices, decoded; others need not be.</param>
internal sealed record Split(int Count, Func<int[], Examples> Take)
{
    public static Split Of(Examples all) => new(all.Count, all.Take);
}

/// <summary>In what forms examples are kept: the words of <see cref="DataLocation.Format"/>.</summary>
public static class DataFormats
{
    public const string Idx = "idx", Cifar10 = "cifar-10", Cifar100 = "cifar-100", ImageFolder = "image-folder", Synthetic = "synthetic";

    /// <summary>The files a folder can have, for messages.</summary>
    public const string Known =
        "one with the IDX files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (.gz or not), data_batch_*.bin and test_batch.bin (CIFAR-10), train.bin and test.bin (CIFAR-100), or train/<class> and test/<class> with PNG and JPEG images";

    /// <summary>The form of what is in a folder; null when it is none of them.</summary>
    public static string? Of(string folder) =>
        IdxDataset.IsIn(folder) ? Idx
        : CifarDataset.Ten.IsIn(folder) ? Cifar10
        : CifarDataset.Hundred.IsIn(folder) ? Cifar100
        : ImageFolderDataset.IsIn(folder) ? ImageFolder
        : null;

    /// <exception cref="BadInput">Files that are not what they should be.</exception>
    internal static Split Open(DataLocation location, ExamplesSpec spec)
    {
        if (spec.Split is not ("train" or "test"))
            throw new BadInput(new Problem($"the split {spec.Split}", "train or test", Path: location.Name));
        return location.Format switch
        {
            Idx => Split.Of(IdxDataset.Read(location, spec.Split)),
            Cifar10 => Split.Of(CifarDataset.Ten.Read(location.Folder, spec.Split)),
            Cifar100 => Split.Of(CifarDataset.Hundred.Read(location.Folder, spec.Split)),
            ImageFolder => ImageFolderDataset.Open(location.Folder, spec.Split),
            Synthetic => SyntheticTask.Open(spec),
            _ => throw new BadInput(new Problem($"data in the form {location.Format}", $"one of {Idx}, {Cifar10}, {Cifar100}, {ImageFolder}, {Synthetic}", Path: location.Name)),
        };
    }
}
