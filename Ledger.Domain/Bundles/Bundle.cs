using System.Globalization;
using System.Text.RegularExpressions;
using Ledger.Domain.Evidence.Log;

namespace Ledger.Domain.Bundles;

/// <summary>
/// Names in a bundle, which is a tar archive (ustar) of a ledger, or of some runs of one: what its logs looked like, events in canonical form, artifacts, and
/// last the digests of all of it. Nothing in it depends on when or where it was written.
/// </summary>
public static partial class BundleNames
{
    /// <summary>What a bundle's file is called at its end.</summary>
    public const string Extension = ".bundle";

    public const string Manifest = "bundle.json";

    /// <summary>One line an event, see <see cref="BundledEvent"/>.</summary>
    public const string Events = "events.jsonl";

    /// <summary>As sha256sum writes it: a digest, two spaces, a name; in the order of the archive.</summary>
    public const string Sums = "SHA256SUMS";

    /// <summary>Hashes of all leaves of a log up to its last seal, 32 bytes each; also of events that are not in the bundle.</summary>
    public static string Leaves(string origin) => $"logs/{origin}/leaves";

    public static string Seal(string origin, long size, string key) => string.Create(CultureInfo.InvariantCulture, $"logs/{origin}/{size:d12}.{key}.seal");

    public static string Artifact(string digest) => $"artifacts/{digest}";

    /// <summary>Any name that a bundle may hold besides the three above; nothing that leads out of a folder is one.</summary>
    [GeneratedRegex(@"\A(logs/(?<origin>[0-9A-HJKMNP-TV-Z]{26})/((?<leaves>leaves)|(?<seal>[0-9]{12,19}\.[0-9a-f]{8}\.seal))|artifacts/(?<digest>[0-9a-f]{64}))\z", RegexOptions.ExplicitCapture)]
    internal static partial Regex Others();
}

/// <summary>What a bundle says it holds.</summary>
/// <param name="Format">Always <see cref="Version"/>.</param>
/// <param name="Origin">ULID of the ledger it was taken from.</param>
/// <param name="Logs">That ledger's log, and those of ledgers it had imported.</param>
/// <param name="IsWhole">Every event up to the last seal, not some runs.</param>
public sealed record BundleManifest(string Format, string Origin, IReadOnlyList<BundledLog> Logs, long Events, int Artifacts, bool IsWhole)
{
    public const string Version = "ledger/bundle/1";
}

/// <param name="Origin">ULID of a ledger.</param>
/// <param name="Size">Of its last seal: so many leaves.</param>
public sealed record BundledLog(string Origin, long Size);

/// <summary>An event with its places in logs; one line of <see cref="BundleNames.Events"/>, canonical JSON <c>{"envelope":…,"places":[…]}</c>.</summary>
/// <param name="Entry">As it stands in the log of the first place; the others differ in when they recorded it.</param>
public sealed record BundledEvent(Entry Entry, IReadOnlyList<BundledPlace> Places)
{
    /// <summary>The entry as it stands in the log of a place.</summary>
    public Entry At(BundledPlace place) => Entry with { RecordedAt = place.RecordedAt };
}

/// <param name="Position">From 1.</param>
/// <param name="RecordedAt">UTC, in microseconds.</param>
public sealed record BundledPlace(string Origin, long Position, DateTime RecordedAt);

/// <summary>A bundle that is damaged, or says what its own seals do not. Nothing was written.</summary>
public sealed class BrokenBundle(string path, string where, string found, string expected) : CorruptEvidence(
    "broken-bundle", $"{path} cannot be believed: {where}: found {found}, expected {expected}. Nothing was written; get the bundle again.")
{
    public string Where { get; } = where;
}
