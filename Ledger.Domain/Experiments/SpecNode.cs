namespace Ledger.Domain.Experiments;

/// <summary>Where a value stands: its path of keys, and line and column counted from 1.</summary>
public sealed record Place(string Path, int Line, int Column);

/// <summary>
/// An experiment file as a tree that remembers where everything was written. Values are text: what a text means is
/// decided by what is wanted at its place, never guessed from its looks (<c>no</c> is a name where a name is wanted).
/// </summary>
public abstract record SpecNode(Place Place)
{
    /// <summary>Number of nodes in the tree, this one included.</summary>
    public abstract long Size { get; }

    /// <summary>The value as one short line for messages, without control characters.</summary>
    public abstract string Shown { get; }
}

public sealed record SpecScalar(Place Place, string Text) : SpecNode(Place)
{
    public override long Size => 1;

    public override string Shown => Text.Length == 0 ? "nothing" : Short(Text);

    /// <summary>At most so many characters; anything a terminal would act on is shown as <c>?</c>.</summary>
    public static string Short(string text, int most = 60)
    {
        string line = string.Concat(text.Take(most + 1).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return line.Length <= most ? line : line[..(most - 1)] + "…";
    }
}

public sealed record SpecList(Place Place, IReadOnlyList<SpecNode> Items) : SpecNode(Place)
{
    public override long Size { get; } = 1 + Items.Sum(item => item.Size);

    public override string Shown => $"a list of {Items.Count}";
}

/// <param name="Entries">In the order of the file; no key twice.</param>
public sealed record SpecMap(Place Place, IReadOnlyList<SpecEntry> Entries) : SpecNode(Place)
{
    private readonly Dictionary<string, SpecNode> _values = Entries.ToDictionary(e => e.Name, e => e.Value, StringComparer.Ordinal);

    public override long Size { get; } = 1 + Entries.Sum(entry => 1 + entry.Value.Size);

    public override string Shown =>
        Entries.Count == 0 ? "an empty map" : $"a map with {SpecScalar.Short(string.Join(", ", Entries.Take(8).Select(e => e.Name)))}";

    public IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    public SpecNode? this[string name] => _values.GetValueOrDefault(name);

    public SpecMap With(string name, SpecNode value) =>
        new(Place, [.. Entries.Select(entry => entry.Name == name ? entry with { Value = value } : entry)]);
}

/// <param name="Key">Where the key stands; its path is the value's.</param>
public sealed record SpecEntry(string Name, Place Key, SpecNode Value);

/// <summary>Stands for a value that is not there: a problem only where somebody reads it, and none once it is reported.</summary>
public sealed record SpecMissing(Place Place, string Text, string Expected, string? Hint) : SpecNode(Place)
{
    /// <summary>Stands for a value whose problem is already known.</summary>
    public static SpecMissing Reported(Place place) => new(place, "", "", null);

    public bool IsReported => Expected.Length == 0;

    public override long Size => 1;

    public override string Shown => SpecScalar.Short(Text);
}
