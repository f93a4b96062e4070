using System.Text.Json;
using System.Text.RegularExpressions;
using Ledger.Domain;
using Ledger.Domain.Evidence;

namespace Ledger.Query.Export;

/// <summary>One file of an export: a path below the folder and its bytes.</summary>
/// <param name="Path">Segments joined with <c>/</c>.</param>
/// <param name="Source">Where in the ledger the bytes are recorded; null for a file written for the export.</param>
internal sealed partial record ExportFile(string Path, byte[] Bytes, ArtifactSource? Source = null)
{
    /// <summary>
    /// Whether a name out of a ledger, which may be somebody else's, names a file below the folder and nowhere else, on
    /// any operating system.
    /// </summary>
    public static bool IsSafe(string path) => path.Split('/').All(segment => Segment().IsMatch(segment));

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9._@=+,-]{0,99}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Segment();
}

/// <summary>
/// A folder that comes into being whole or not at all, and in place of nothing that an export has not written: it is
/// written beside its place and renamed.
/// </summary>
internal sealed class ExportFolder
{
    private readonly string _target;

    private ExportFolder(string target) => _target = target;

    /// <summary>The full path.</summary>
    public string Path => _target;

    /// <param name="force">Take the place of an earlier export; files that it did not write are never removed.</param>
    /// <exception cref="BadInput">The place is taken.</exception>
    public static ExportFolder At(string folder, bool force)
    {
        if (Taken(folder, force) is { } problem)
            throw new BadInput(problem);
        return new ExportFolder(FullPath(folder));
    }

    /// <summary>What stands in the way of an export to the folder; null when nothing does.</summary>
    public static Problem? Taken(string path, bool force)
    {
        string target = FullPath(path);
        var folder = new DirectoryInfo(target);
        if (System.IO.Path.GetDirectoryName(target) is null || target == Environment.CurrentDirectory)
            return new Problem($"{target} itself", "a folder for the export alone", "folder");
        if (File.Exists(target))
            return new Problem($"a file at {target}", "an empty or new folder", "folder");
        if (folder.LinkTarget is { } elsewhere)
            return new Problem($"a link from {target} to {elsewhere}", "a folder", "folder", Hint: "give the place it leads to");
        if (!folder.Exists || !folder.EnumerateFileSystemInfos().Any())
            return null;
        return force
            ? Foreign(folder) is { } foreign
                ? new Problem($"{foreign}, which no export has written", "only files of an earlier export", "folder", Hint: "--force replaces those alone")
                : null
            : new Problem($"files in {target}", "an empty or new folder", "folder", Hint: "--force replaces an earlier export");
    }

    /// <exception cref="BadInput">The folder cannot be written.</exception>
    public void Write(IReadOnlyList<ExportFile> files)
    {
        string beside = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(_target)!, $".{System.IO.Path.GetFileName(_target)}.{System.IO.Path.GetRandomFileName()}");
        try
        {
            foreach (ExportFile file in files)
                WriteNew(System.IO.Path.Combine(beside, file.Path), file.Bytes);
            PutInPlace(beside);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BadInput(new Problem($"{_target}, which cannot be written ({failure.Message})", "a place for a new folder", "folder"));
        }
        finally
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, recursive: true);
        }
    }

    private static void WriteNew(string path, byte[] bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        file.Write(bytes);
    }

    private void PutInPlace(string beside)
    {
        if (!Directory.Exists(_target))
        {
            Directory.Move(beside, _target);
            return;
        }

        string former = beside + ".former";
        Directory.Move(_target, former);
        try
        {
            Directory.Move(beside, _target);
        }
        catch
        {
            Directory.Move(former, _target);
            throw;
        }

        Directory.Delete(former, recursive: true);
    }

    private static string FullPath(string folder) => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));

    /// <summary>A file in the folder that its manifest does not name. Python leaves <c>__pycache__</c> behind when it loads <c>model.py</c>.</summary>
    private static string? Foreign(DirectoryInfo folder)
    {
        HashSet<string> own = Own(System.IO.Path.Combine(folder.FullName, Manifest.FileName));
        return folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Where(entry => entry is FileInfo || entry.LinkTarget is not null)
            .Select(entry => System.IO.Path.GetRelativePath(folder.FullName, entry.FullName).Replace('\\', '/'))
            .FirstOrDefault(path => !own.Contains(path) && !path.StartsWith("__pycache__/", StringComparison.Ordinal));
    }

    private static HashSet<string> Own(string manifest)
    {
        if (!File.Exists(manifest))
            return [];
        try
        {
            var earlier = JsonSerializer.Deserialize<Manifest>(File.ReadAllBytes(manifest), LedgerJson.Options);
            return earlier is { Format: Manifest.CurrentFormat, Files: not null } ? [.. earlier.Files.Select(f => f.Path), Manifest.FileName] : [];
        }
        catch (JsonException)
        {
            // Somebody else's manifest.json: then nothing here is ours to replace.
            return [];
        }
    }
}
