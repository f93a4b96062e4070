using System.Globalization;

namespace Ledger.Query.Evidence;

/// <summary>What a person asks a proof of, as far as its text alone tells.</summary>
internal abstract record ProofTarget
{
    public const string Expected =
        "a position, an event's id, the beginning of a run's id or of an artifact's digest (8 digits or more), or a cell as results/table/key/column";

    /// <param name="text"><c>event/…</c>, <c>run/…</c>, <c>artifact/…</c> and <c>results/…</c> say what is meant; without them it is guessed.</param>
    public static ProofTarget? Of(string text) => text.Split('/', 2) switch
    {
        ["event", var of] => Event(of),
        ["run", var of] when of.Length > 0 => new RunPrefix(of),
        ["artifact", var of] => Hex(of),
        ["results", var cell] => Cell.At(cell),
        [_, _] => Cell.At(text),
        _ => Event(text) ?? (text.Length == 0 ? null : Hex(text) is { } digest ? new RunOrArtifact(text, digest) : new RunPrefix(text)),
    };

    private static ProofTarget? Event(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long position) ? new Position(position)
        : Guid.TryParseExact(text, "D", out Guid id) ? new EventById(id)
        : null;

    private static ArtifactPrefix? Hex(string text) =>
        text.Length is >= 8 and <= 64 && text.All(char.IsAsciiHexDigit) ? new ArtifactPrefix(text.ToLowerInvariant()) : null;

    public sealed record Position(long At) : ProofTarget;

    public sealed record EventById(Guid Id) : ProofTarget;

    public sealed record RunPrefix(string Run) : ProofTarget;

    public sealed record ArtifactPrefix(string Digest) : ProofTarget;

    /// <summary>Letters that may begin either.</summary>
    public sealed record RunOrArtifact(string Run, ArtifactPrefix Artifact) : ProofTarget;

    /// <param name="Row">Values of the key columns joined by slashes; only the first has none itself.</param>
    public sealed record Cell(string Table, string Row, string Column) : ProofTarget
    {
        /// <summary>Null where there are fewer parts than three.</summary>
        public static Cell? At(string text) =>
            text.Split('/') is [var table, .. { Length: > 0 } row, var column] ? new Cell(table, string.Join('/', row), column) : null;
    }
}
