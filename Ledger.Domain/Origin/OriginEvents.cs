namespace Ledger.Domain.Origin;

/// <summary>What happened to the ledger itself, in <c>ledger/&lt;origin&gt;</c>; the origin is this ledger's own ULID.</summary>
public abstract record OriginEvent;

/// <summary>The first event of a ledger.</summary>
public sealed record LedgerFounded(string Origin) : OriginEvent;

/// <param name="Version">Schema version after the migration.</param>
public sealed record SchemaMigrated(int Version, string Tool) : OriginEvent;

/// <summary>A results table's defining SELECT, stored by digest so that a table's digest can be rechecked later.</summary>
public sealed record ProjectionDefined(string Table, string Digest, string Sql) : OriginEvent;

/// <summary>A signing key came into use.</summary>
/// <param name="PublicKey">Ed25519, base64.</param>
public sealed record KeyIntroduced(string KeyId, string PublicKey, string? Replaces) : OriginEvent;

/// <summary>A bundle of another ledger was brought in.</summary>
/// <param name="Origin">The ledger it was taken from.</param>
/// <param name="Events">Events in the bundle; some may have been here before.</param>
/// <param name="BundleDigest">SHA-256 of the bundle's list of digests.</param>
public sealed record Imported(string Origin, long Events, string BundleDigest) : OriginEvent;

/// <summary>The ledger was verified, whatever came of it.</summary>
/// <param name="Position">Its head then.</param>
/// <param name="Findings">What was broken or doubtful.</param>
/// <param name="Whole">Everything was read, not a sample and not only what came after a seal.</param>
public sealed record Verified(long Position, int Findings, bool Whole) : OriginEvent;
