namespace Ledger.Tests.Fuzzing;

/// <summary>One file in a folder of its own, for readers that take a path.</summary>
internal sealed class ScratchFile : IDisposable
{
    public ScratchFile(string name) => Path = System.IO.Path.Combine(Folder, name);

    public string Folder { get; } = Directory.CreateTempSubdirectory("ledger-fuzz-").FullName;

    public string Path { get; }

    public string With(byte[] bytes)
    {
        File.WriteAllBytes(Path, bytes);
        return Path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
