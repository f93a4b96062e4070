using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Ledger.Runner.Postgres;

/// <summary>The programs of one Postgres version: a folder that holds at least <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c>.</summary>
/// <param name="Folder">Absolute, with links followed to where the programs really are.</param>
/// <param name="Major">15 for 15.14.</param>
/// <param name="Version">As the program tells it, e.g. <c>15.14</c> or <c>18beta2</c>.</param>
public sealed record PostgresInstallation(string Folder, int Major, string Version)
{
    public string Program(string name) => Path.Combine(Folder, name);
}

/// <summary>
/// Finds Postgres on this machine, and chooses. A new cluster gets the newest version; an existing one can be opened by the
/// major version that made it and by no other, so there the newest is not asked for.
/// </summary>
internal static partial class PostgresBinaries
{
    /// <summary>Tried with Marten's schema; older ones lack what it uses.</summary>
    public const int OldestMajor = 13;

    /// <summary>How to get Postgres; ends every message about missing programs.</summary>
    public const string HowToGetThem =
        "Get it with one of:\n"
        + "  sudo apt install postgresql                       (Debian, Ubuntu)\n"
        + "  brew install postgresql@17                        (macOS)\n"
        + "  docker compose -f docker/compose.yaml up -d       and set LEDGER_POSTGRES as that file says\n"
        + "or put the folder that holds initdb, pg_ctl and postgres on PATH.";

    /// <summary>PATH first, then where Debian, Red Hat, Homebrew and Postgres.app put versions side by side.</summary>
    public static IReadOnlyList<string> UsualFolders(string? path) =>
    [
        .. (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        .. Versions("/usr/lib/postgresql", "*", "bin"),
        .. Versions("/usr", "pgsql-*", "bin"),
        .. Versions("/opt/homebrew/opt", "postgresql*", "bin"),
        .. Versions("/usr/local/opt", "postgresql*", "bin"),
        .. Versions("/home/linuxbrew/.linuxbrew/opt", "postgresql*", "bin"),
        .. Versions("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
    ];

    /// <summary>Every complete installation in the folders, each once, in the order of the folders.</summary>
    public static IReadOnlyList<PostgresInstallation> In(IEnumerable<string> folders) =>
        [.. folders.Select(RealFolder).OfType<string>().Distinct().Select(Describe).OfType<PostgresInstallation>()];

    /// <summary>The installation to use for a cluster of a major version, or for a new one (null); null when none fits.</summary>
    public static PostgresInstallation? Fitting(IReadOnlyList<PostgresInstallation> found, int? clusterMajor) => clusterMajor is { } major
        ? found.FirstOrDefault(i => i.Major == major)
        : found.Where(i => i.Major >= OldestMajor).MaxBy(i => i.Major);

    /// <summary>The same, or why there is none.</summary>
    /// <exception cref="PostgresUnavailable">None fits; the message says which is missing and which are there.</exception>
    public static PostgresInstallation Choose(IReadOnlyList<PostgresInstallation> found, int? clusterMajor, string dataDirectory) =>
        Fitting(found, clusterMajor) ?? throw new PostgresUnavailable(clusterMajor is { } missing
            ? $"The ledger's database in {dataDirectory} was made by Postgres {missing}, which is not on this machine ({Listed(found)}).\n"
              + $"A cluster opens only with the major version that made it. Install Postgres {missing} (Debian, Ubuntu: apt install postgresql-{missing}; macOS: brew install postgresql@{missing})."
            : $"Postgres {OldestMajor} or newer is needed to keep a ledger here, and there is none ({Listed(found)}).\n{HowToGetThem}");

    private static string Listed(IReadOnlyList<PostgresInstallation> found) => found.Count == 0
        ? "looked on PATH, in /usr/lib/postgresql and in Homebrew's folders, found no Postgres"
        : "found: " + string.Join(", ", found.Select(i => $"{i.Version} in {i.Folder}"));

    private static IEnumerable<string> Versions(string parent, string pattern, string child) => Directory.Exists(parent)
        ? Directory.GetDirectories(parent, pattern).Order(StringComparer.Ordinal).Select(version => Path.Combine(version, child))
        : [];

    private static string? RealFolder(string folder)
    {
        FileInfo program = new(Path.Combine(folder, "postgres"));
        return program.Exists
            ? Path.GetDirectoryName(Path.GetFullPath((program.ResolveLinkTarget(returnFinalTarget: true) ?? program).FullName))
            : null;
    }

    private static PostgresInstallation? Describe(string folder)
    {
        string postgres = Path.Combine(folder, "postgres");
        if (!File.Exists(Path.Combine(folder, "initdb")) || !File.Exists(Path.Combine(folder, "pg_ctl")))
        {
            return null;
        }

        Match version = VersionLine().Match(Ask(postgres, "--version"));
        return version.Success
            ? new PostgresInstallation(folder, int.Parse(version.Groups["major"].Value, CultureInfo.InvariantCulture), version.Groups["version"].Value)
            : null;
    }

    /// <summary>What the program prints; nothing when this machine cannot execute it (no permission, another architecture).</summary>
    private static string Ask(string program, string argument)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return said;
        }
        catch (Win32Exception)
        {
            return "";
        }
    }

    [GeneratedRegex(@"\(PostgreSQL\) (?<version>(?<major>\d+)\S*)", RegexOptions.ExplicitCapture)]
    private static partial Regex VersionLine();
}
