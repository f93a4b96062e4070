using Ledger.Domain;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Data;

/// <summary>A data set that experiment files can name.</summary>
/// <param name="Places">Folders in which packages or the project itself put it.</param>
/// <param name="Downloads">File → where it can be had and the SHA-256 of its content; empty when it must be brought by hand.</param>
/// <param name="Format">Of <see cref="DataFormats"/>; a folder with anything else is not this data set.</param>
/// <param name="Archive">Where all its files can be had at once; null: nowhere.</param>
public sealed record DataSource(
    string Name, string About, string HowToGet, IReadOnlyList<string> Places, IReadOnlyList<Download> Downloads,
    string Format = DataFormats.Idx, Archive? Archive = null);

/// <param name="Digest">SHA-256 of the decompressed content.</param>
public sealed record Download(string File, string Url, string Digest);

/// <summary>A gzipped tar archive.</summary>
/// <param name="Digest">SHA-256 of the archive.</param>
/// <param name="Files">Names of the files wanted of it; folders in it do not matter.</param>
public sealed record Archive(string Url, string Digest, IReadOnlyList<string> Files);

/// <summary>Whether a data set is on this machine.</summary>
/// <param name="Folder">Null: not here.</param>
public sealed record DatasetFinding(string Name, string About, string? Folder, string HowToGet);

/// <summary>
/// Which data sets there are, and where. Looked for in this order: <c>LEDGER_DATA/&lt;name&gt;</c>, <c>.ledger/data/&lt;name&gt;</c>, then the places
/// where packages put it. A name with a slash is a folder. Nothing is ever downloaded unless asked for.
/// </summary>
public sealed class DatasetCatalog(IReadOnlyList<DataSource> sources, IReadOnlyList<string> roots)
{
    public const string Variable = "LEDGER_DATA";

    /// <param name="ledgerFolder">The <c>.ledger</c> folder; downloads go under it.</param>
    public static DatasetCatalog Of(string ledgerFolder)
    {
        var own = Path.Combine(ledgerFolder, "data");
        return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? new DatasetCatalog(DataSources.All, [named, own])
            : new DatasetCatalog(DataSources.All, [own]);
    }

    public IReadOnlyList<DatasetFinding> All() =>
        [.. sources.Select(source => new DatasetFinding(source.Name, source.About, FolderOf(source), source.HowToGet))];

    /// <exception cref="BadInput">No such data set, or it is not on this machine; with what to do.</exception>
    public DataLocation Locate(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return AtFolder(name);
        if (DataSources.Synthetic.Contains(name))
            return new DataLocation(name, DataFormats.Synthetic, "");
        var source = Known(name);
        return FolderOf(source) is { } folder
            ? new DataLocation(name, source.Format, folder)
            : throw new BadInput(new Problem($"the data set {name} is not on this machine", "its files in one of the places 'ledger data' lists", Hint: source.HowToGet));
    }

    /// <exception cref="BadInput">No such data set.</exception>
    public DataSource Known(string name) =>
        sources.FirstOrDefault(source => source.Name == name)
        ?? throw new BadInput(new Problem($"the data set {name}", $"one of {string.Join(", ", sources.Select(source => source.Name))}, or a folder"));

    private string? FolderOf(DataSource source) =>
        roots.Select(root => Path.Combine(root, source.Name)).Concat(source.Places)
            .FirstOrDefault(folder => DataFormats.Of(folder) == source.Format);

    private static DataLocation AtFolder(string folder) =>
        DataFormats.Of(folder) is { } format
            ? new DataLocation(folder, format, Path.GetFullPath(folder))
            : throw new BadInput(new Problem($"the folder {folder}", DataFormats.Known));
}
