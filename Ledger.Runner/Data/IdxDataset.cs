using Ledger.Domain;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Data;

/// <summary>Four IDX files as MNIST and Fashion-MNIST name them: images and labels of <c>train</c> and of <c>test</c> (t10k).</summary>
public static class IdxDataset
{
    /// <summary>Of every data set of this family.</summary>
    private const int Classes = 10;

    public static IReadOnlyList<string> Files { get; } =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

    /// <param name="split"><c>train</c> or <c>test</c>.</param>
    /// <exception cref="BadInput">Naming the file, what was found and what was expected.</exception>
    public static Examples Read(DataLocation location, string split)
    {
        var prefix = split == "train" ? "train" : "t10k";
        var imagePath = PathOf(location.Folder, $"{prefix}-images-idx3-ubyte");
        var labelPath = PathOf(location.Folder, $"{prefix}-labels-idx1-ubyte");
        var images = IdxFile.Read(imagePath, rank: 3);
        var labels = IdxFile.Read(labelPath, rank: 1);
        if (images.Shape[0] != labels.Shape[0])
            throw new BadInput(new Problem($"{labels.Shape[0]} labels", $"{images.Shape[0]}, one for each image of {Path.GetFileName(imagePath)}", File: labelPath));
        if (Array.FindIndex(labels.Values, label => label >= Classes) is >= 0 and var row)
            throw new BadInput(new Problem($"label {labels.Values[row]} in row {row}", $"0 to {Classes - 1}", File: labelPath));
        return new Examples([1, images.Shape[1], images.Shape[2]], Classes, images.Values, labels.Values, [.. Enumerable.Range(0, labels.Shape[0])]);
    }

    /// <summary>The file, with or without <c>.gz</c>.</summary>
    public static string PathOf(string folder, string name)
    {
        var plain = Path.Combine(folder, name);
        if (File.Exists(plain))
            return plain;
        return File.Exists(plain + ".gz")
            ? plain + ".gz"
            : throw new BadInput(new Problem("no such file", $"{name} or {name}.gz, an IDX file", File: plain));
    }

    public static bool IsIn(string folder) =>
        Files.All(name => File.Exists(Path.Combine(folder, name)) || File.Exists(Path.Combine(folder, name + ".gz")));
}
