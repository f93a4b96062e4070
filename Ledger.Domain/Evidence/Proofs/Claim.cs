using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Domain.Evidence.Proofs;

/// <summary>What a proof says of a ledger.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(EventClaim), "event")]
[JsonDerivedType(typeof(RunClaim), "run")]
[JsonDerivedType(typeof(ArtifactClaim), "artifact")]
[JsonDerivedType(typeof(CellClaim), "cell")]
public abstract record Claim;

/// <summary>An event stands at a position.</summary>
public sealed record EventClaim(long Position, Guid EventId) : Claim;

/// <summary>A run came to its end, and these are all its events. What others said about it is not among them.</summary>
/// <param name="Run">ULID.</param>
/// <param name="State">completed, failed or cancelled.</param>
/// <param name="Events">How many there are.</param>
public sealed record RunClaim(string Run, string State, long Events) : Claim;

/// <summary>The event at a position names these bytes as something that a run made or began with.</summary>
/// <param name="Digest">SHA-256 of the bytes, 64 lowercase hexadecimal digits.</param>
/// <param name="Roles">As what it names them, see <see cref="ArtifactRoles"/>.</param>
/// <param name="Step">Path of the step that made them; null for the run's own.</param>
public sealed record ArtifactClaim(string Digest, long Bytes, long Position, string Run, IReadOnlyList<string> Roles, string? Step = null) : Claim;

/// <summary>A cell of a results table has a value by the table's definition, from these events.</summary>
/// <param name="Key">The row: key column → value.</param>
/// <param name="Value">As JSON; null where the cell is null.</param>
/// <param name="Rule">By which the events were chosen.</param>
/// <param name="Streams">Under the rules <c>stream</c> and <c>sources</c>, every stream with how many of its events are here: all from the first on.</param>
/// <param name="Definitions">Of the table, and of every table it reads.</param>
public sealed record CellClaim(
    string Table, IReadOnlyDictionary<string, JsonElement> Key, string Column, JsonElement Value, CellRule Rule,
    IReadOnlyList<StreamExtent> Streams, IReadOnlyList<SqlDefinition> Definitions) : Claim;

/// <summary>Which events a row is folded from; it follows from the kind of its table.</summary>
public enum CellRule
{
    /// <summary>A fact table: the event at the row's position.</summary>
    Event,

    /// <summary>A state table: the stream that the key names.</summary>
    Stream,

    /// <summary>
    /// A view: the run that the key names, the runs whose results it took over or that it replays and theirs in turn, what was said
    /// about any of them, and the experiment.
    /// </summary>
    Sources,
}

public sealed record StreamExtent(string Stream, long Events);

/// <param name="Digest">SHA-256 of the text in UTF-8.</param>
/// <param name="Text">Header and SELECT, over the store's own tables and those defined beside it.</param>
public sealed record SqlDefinition(string Table, string Digest, string Text);
