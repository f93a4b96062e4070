using System.Text.Json;

namespace Ledger.Domain.Experiments;

/// <summary>Everything that can be in an <c>experiment/&lt;ULID&gt;</c> stream.</summary>
public abstract record ExperimentEvent;

/// <summary>A specification entered the ledger, with the checks it declares, before any of its runs.</summary>
/// <param name="Slug">The name in the file; an alias, not an identity.</param>
/// <param name="Spec">The resolved specification (one scale, defaults filled in) in canonical form.</param>
/// <param name="SpecDigest">Digest of <paramref name="Spec"/>.</param>
/// <param name="Yaml">The file as written.</param>
/// <param name="Scale">A label only; null when the file has no scales.</param>
public sealed record Registered(string Slug, string About, JsonElement Spec, string SpecDigest, string Yaml, string? Scale) : ExperimentEvent;

/// <summary>A later version of the specification under the same experiment; checks new in it are <c>post hoc</c> once results exist.</summary>
public sealed record Amended(JsonElement Spec, string SpecDigest, string Yaml, string? Scale, string Reason) : ExperimentEvent;

/// <summary>Terminal: nothing more is planned for it.</summary>
public sealed record Withdrawn(string Reason) : ExperimentEvent;

/// <param name="Position">The ledger position up to which the tables were read.</param>
public sealed record ChecksJudged(long Position, IReadOnlyList<CheckVerdict> Verdicts) : ExperimentEvent;

/// <param name="Verdict">held, not held, inconclusive or not testable.</param>
/// <param name="Declared">pre or post hoc.</param>
public sealed record CheckVerdict(string Check, string Verdict, string Declared, JsonElement Numbers);
