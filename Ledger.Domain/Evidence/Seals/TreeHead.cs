using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ledger.Domain.Evidence.Seals;

/// <summary>
/// What a log says it holds: how many leaves under which root, as a checkpoint's text (c2sp.org/tlog-checkpoint).
/// By itself nobody vouches for it; a <see cref="Seal"/> is one that is signed. Equal when all lines are.
/// </summary>
public sealed record TreeHead
{
    /// <exception cref="BadInput">A line is empty or has control characters, or the size is negative.</exception>
    public TreeHead(string origin, long size, ContentHash root, params IReadOnlyList<string> extensions)
    {
        (Origin, Size, Root, Extensions) = (origin, size, root, [.. extensions]);
        var problems = Lines.Select(Fault).OfType<Problem>().ToList();
        if (size < 0)
            problems.Add(new Problem($"{size}", "a number of leaves", Line: 2));
        if (problems.Count > 0)
            throw new BadInput(problems);
    }

    /// <summary>The log's name for ever, by convention a URL without scheme. One line, never empty.</summary>
    public string Origin { get; }

    /// <summary>How many leaves the tree has, from 0.</summary>
    public long Size { get; }

    /// <summary>The tree's root (RFC 9162 §2.1.1).</summary>
    public ContentHash Root { get; }

    /// <summary>Further lines: signed with the rest, without meaning here. Usually none.</summary>
    public IReadOnlyList<string> Extensions { get; }

    /// <summary>The text that is signed: origin, size in decimal, root in base64, extensions; each line ends in a newline.</summary>
    public string Body => string.Concat(Lines.Select(line => line + "\n"));

    private IEnumerable<string> Lines =>
        [Origin, Size.ToString(CultureInfo.InvariantCulture), Convert.ToBase64String(Root.ToBytes()), .. Extensions];

    /// <summary>Reads exactly what <see cref="Body"/> gives.</summary>
    /// <exception cref="BadInput">Any other text.</exception>
    public static TreeHead Parse(string body) =>
        TryParse(body, out TreeHead? head, out Problem? problem) ? head : throw new BadInput(problem);

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(string body, [NotNullWhen(true)] out TreeHead? head, [NotNullWhen(false)] out Problem? problem)
    {
        head = null;
        problem = null;
        string[] lines = body.Split('\n');
        if (lines is not [var origin, var size, var root, .. var extensions, ""])
            problem = new Problem("fewer lines", "origin, size and root, each ending in a newline", Line: lines.Length);
        else if (lines[..^1].Select(Fault).FirstOrDefault(fault => fault is not null) is { } fault)
            problem = fault;
        else if (!long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long leaves) || size is ['0', _, ..])
            problem = new Problem(NoteGrammar.Quote(size), "a number of leaves below 2^63, without leading zeros", Line: 2);
        else if (!NoteGrammar.TryBase64(root, out byte[]? digest) || digest.Length != 32)
            problem = new Problem(NoteGrammar.Quote(root), "the base64 (RFC 4648 §4) of a root of 32 bytes", Line: 3);
        else
            head = new TreeHead(origin, leaves, ContentHash.FromDigest(digest), extensions);
        return head is not null;
    }

    private static Problem? Fault(string line, int index) =>
        line.Length == 0 ? new Problem("an empty line", "text", Line: index + 1)
        : !NoteGrammar.IsLine(line) ? new Problem(NoteGrammar.NotALine, "text", Line: index + 1)
        : null;

    public bool Equals(TreeHead? other) => Body == other?.Body;

    public override int GetHashCode() => Body.GetHashCode(StringComparison.Ordinal);
}
