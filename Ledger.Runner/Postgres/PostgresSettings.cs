using System.Globalization;

namespace Ledger.Runner.Postgres;

/// <summary>What the environment decides about the embedded Postgres.</summary>
/// <param name="BinaryFolders">Where to look for programs, in order.</param>
/// <param name="RuntimeFolder">XDG_RUNTIME_DIR.</param>
/// <param name="SystemFolder">For clusters that cannot live in the ledger's own folder.</param>
/// <param name="Idle">After how long without use the server is stopped; null for never.</param>
/// <param name="MayInstall">Whether missing programs are installed as root on Debian and Ubuntu.</param>
internal sealed record PostgresSettings(IReadOnlyList<string> BinaryFolders, string? RuntimeFolder, string SystemFolder, TimeSpan? Idle, bool MayInstall)
{
    public const string IdleVariable = "LEDGER_POSTGRES_IDLE_MINUTES";

    public static readonly TimeSpan DefaultIdle = TimeSpan.FromMinutes(15);

    public static PostgresSettings FromEnvironment() => new(
        PostgresBinaries.UsualFolders(Environment.GetEnvironmentVariable("PATH")),
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"),
        "/var/lib/ledger",
        IdleFrom(Environment.GetEnvironmentVariable(IdleVariable)),
        MayInstall: true);

    /// <summary>Minutes, a fraction allowed; 0 is never; nothing is a quarter of an hour.</summary>
    public static TimeSpan? IdleFrom(string? minutes)
    {
        if (string.IsNullOrWhiteSpace(minutes))
        {
            return DefaultIdle;
        }

        bool understood = double.TryParse(minutes, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value < 1e6;
        return understood
            ? value == 0 ? null : TimeSpan.FromMinutes(value)
            : throw new PostgresUnavailable($"{IdleVariable}={minutes}: expected a number of minutes, 0 for never.");
    }
}
