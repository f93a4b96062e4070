using System.Collections.Concurrent;
using Ledger.Domain;

namespace Ledger.Runner.Data;

/// <summary>
/// <c>train/&lt;class&gt;/*</c> and <c>test/&lt;class&gt;/*</c> with one PNG or JPEG image a file. Classes are the folders of <c>train</c> and images
/// those of a class, both in ordinal order of their names; all images have one size and are grey or colour. Names that begin with
/// a dot are passed over.
/// </summary>
internal static class ImageFolderDataset
{
    /// <summary>As many broken files as a person will read of at once.</summary>
    private const int MostProblems = 20;

    public static bool IsIn(string folder) => Folders(Path.Combine(folder, "train")).Any() && Folders(Path.Combine(folder, "test")).Any();

    /// <exception cref="BadInput">Folders that are not as they should be; taking examples, images that are not.</exception>
    public static Split Open(string folder, string split)
    {
        var root = Path.Combine(folder, split);
        var classes = Folders(Path.Combine(folder, "train")).Select(Path.GetFileName).ToList();
        if (classes.Count is < 1 or > Examples.MostClasses)
            throw new BadInput(new Problem($"{classes.Count} class folders", $"1 to {Examples.MostClasses}: labels are bytes", File: Path.Combine(folder, "train")));
        if (Folders(root).FirstOrDefault(name => !classes.Contains(Path.GetFileName(name))) is { } unknown)
            throw new BadInput(new Problem("a class that train does not have", $"one of {string.Join(", ", classes.Take(10))}{(classes.Count > 10 ? " …" : "")}", File: unknown));
        var images = classes.SelectMany((name, label) => Files(Path.Combine(root, name!)).Select(path => (Path: path, Label: (byte)label))).ToArray();
        return images.Length > 0
            ? new Split(images.Length, rows => Decode([.. rows.Select(row => images[row])], rows, classes.Count))
            : throw new BadInput(new Problem("no images", "folders of classes with PNG or JPEG images in them", File: root));
    }

    private static Examples Decode((string Path, byte Label)[] images, int[] rows, int classes)
    {
        var first = ImageFile.Read(images[0].Path);
        var (shape, size) = (first.Shape, first.Pixels.Length);
        if ((long)size * images.Length > Array.MaxLength)
            throw new BadInput(new Problem($"{images.Length} images of {first.Size}", $"at most {Array.MaxLength} pixel values together", File: images[0].Path));
        var pixels = new byte[size * images.Length];
        var problems = new ConcurrentDictionary<int, Problem>();
        Parallel.For(0, images.Length, (row, loop) =>
        {
            try
            {
                var image = ImageFile.Read(images[row].Path);
                if (image.Shape.AsSpan().SequenceEqual(shape))
                    image.Pixels.CopyTo(pixels, size * row);
                else
                    problems[row] = new Problem($"an image of {image.Size}", $"{first.Size}, as {Path.GetFileName(images[0].Path)} has", File: images[row].Path);
            }
            catch (BadInput bad)
            {
                problems[row] = bad.Problems[0];
            }
        });
        if (!problems.IsEmpty)
            throw new BadInput([.. problems.OrderBy(problem => problem.Key).Select(problem => problem.Value).Take(MostProblems)]);
        return new Examples(shape, classes, pixels, [.. images.Select(image => image.Label)], rows);
    }

    private static IEnumerable<string> Folders(string folder) =>
        Directory.Exists(folder) ? InOrder(Directory.EnumerateDirectories(folder)) : [];

    private static IEnumerable<string> Files(string folder) =>
        Directory.Exists(folder) ? InOrder(Directory.EnumerateFiles(folder)) : [];

    private static IEnumerable<string> InOrder(IEnumerable<string> paths) =>
        paths.Where(path => Path.GetFileName(path)[0] != '.').Order(StringComparer.Ordinal);
}
