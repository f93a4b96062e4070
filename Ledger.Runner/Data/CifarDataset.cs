using Ledger.Domain;

namespace Ledger.Runner.Data;

/// <summary>
/// The binary form of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of label bytes and 3 × 32 × 32 pixels, channel by channel, without a
/// header. Any whole number of records makes a file, so that a part of a data set can be read; what was read is pinned by its digest.
/// </summary>
/// <param name="Train">Files of the training split, in order; those that are there are read.</param>
/// <param name="LabelBytes">1, or 2 where a coarse label stands before the fine one, which is the label.</param>
internal sealed record CifarDataset(IReadOnlyList<string> Train, string Test, int LabelBytes, int Classes)
{
    private const int Pixels = 3 * 32 * 32;

    public static CifarDataset Ten { get; } = new([.. Enumerable.Range(1, 5).Select(number => $"data_batch_{number}.bin")], "test_batch.bin", 1, 10);

    public static CifarDataset Hundred { get; } = new(["train.bin"], "test.bin", 2, 100);

    private int Record => LabelBytes + Pixels;

    public bool IsIn(string folder) => Train.Any(file => File.Exists(Path.Combine(folder, file))) && File.Exists(Path.Combine(folder, Test));

    /// <exception cref="BadInput">Naming the file, what was found and what was expected.</exception>
    public Examples Read(string folder, string split)
    {
        IReadOnlyList<string> wanted = split == "train" ? Train : [Test];
        var paths = wanted.Select(file => Path.Combine(folder, file)).Where(File.Exists).ToList();
        if (paths.Count == 0)
            throw new BadInput(new Problem("no such file", string.Join(" or ", wanted), File: Path.Combine(folder, wanted[0])));
        var sizes = paths.ConvertAll(Records);
        if (sizes.Sum() * Pixels > Array.MaxLength)
            throw new BadInput(new Problem($"{sizes.Sum()} records", $"at most {Array.MaxLength / Pixels}", File: folder));
        var (labels, pixels) = (new byte[sizes.Sum()], new byte[sizes.Sum() * Pixels]);
        var row = 0;
        foreach (var path in paths)
            row = Fill(path, labels, pixels, row);
        return new Examples([3, 32, 32], Classes, pixels, labels, [.. Enumerable.Range(0, labels.Length)]);
    }

    private long Records(string path)
    {
        var length = new FileInfo(path).Length;
        return length > 0 && length % Record == 0
            ? length / Record
            : throw new BadInput(new Problem($"{length} bytes", $"a whole number of records of {Record} bytes", File: path));
    }

    /// <returns>The row after the file's last.</returns>
    private int Fill(string path, byte[] labels, byte[] pixels, int row)
    {
        var first = row;
        using var file = File.OpenRead(path);
        Span<byte> record = new byte[Record];
        while (row < labels.Length && file.ReadAtLeast(record, Record, throwOnEndOfStream: false) == Record)
        {
            labels[row] = record[LabelBytes - 1];
            if (labels[row] >= Classes)
                throw new BadInput(new Problem($"label {labels[row]} in record {row - first}", $"0 to {Classes - 1}", File: path));
            record[LabelBytes..].CopyTo(pixels.AsSpan(row * Pixels));
            row++;
        }

        return row;
    }
}
