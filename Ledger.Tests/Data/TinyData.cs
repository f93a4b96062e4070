using Ledger.Runner.Steps;

namespace Ledger.Tests.Data;

/// <summary>A folder with the four files of a data set: 10 training and 4 test images of 2 × 2, whose pixels are their index and whose labels repeat 0 to 9.</summary>
internal sealed class TinyData : IDisposable
{
    public TinyData()
    {
        Write("train", 10, 10);
        Write("t10k", 4, 4);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("ledger-data-").FullName;

    public DataLocation Location => new("tiny", "idx", Folder);

    public void Write(string prefix, int images, int labels)
    {
        File.WriteAllBytes(
            Path.Combine(Folder, $"{prefix}-images-idx3-ubyte"),
            [0, 0, 8, 3, 0, 0, 0, (byte)images, 0, 0, 0, 2, 0, 0, 0, 2, .. Enumerable.Range(0, images * 4).Select(value => (byte)(value / 4))]);
        File.WriteAllBytes(
            Path.Combine(Folder, $"{prefix}-labels-idx1-ubyte"),
            [0, 0, 8, 1, 0, 0, 0, (byte)labels, .. Enumerable.Range(0, labels).Select(value => (byte)(value % 10))]);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
