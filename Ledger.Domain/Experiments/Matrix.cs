namespace Ledger.Domain.Experiments;

/// <summary>One choice of an axis.</summary>
/// <param name="Label">For example <c>filters/0.5</c>, <c>none</c>, <c>0.003</c>.</param>
/// <param name="Family">The option's name where the option sweeps: <c>filters</c>; otherwise the label.</param>
internal sealed record AxisOption(string Label, string Family, SpecNode Value)
{
    /// <summary>A family stands for all its members.</summary>
    public bool Is(string word) => word == Label || word == Family;
}

internal sealed record Axis(string Name, Place Place, IReadOnlyList<AxisOption> Options)
{
    /// <summary>What was written could not be read and is reported; nothing more is said about the axis.</summary>
    public bool IsBroken => Options is [{ Value: SpecMissing { IsReported: true } }];

    public IEnumerable<string> Words => Options.SelectMany(o => new[] { o.Family, o.Label }).Distinct();

    /// <summary>Reports a word that is neither a label nor a family here.</summary>
    public bool Knows(string word, Place place, SpecProblems problems)
    {
        if (IsBroken || Options.Any(option => option.Is(word)))
            return true;
        problems.AddUnknown(place, word, [.. Words], $"a value of {Name}");
        return false;
    }
}

/// <summary>One option of every axis. Without a matrix there is one point, with no axes.</summary>
internal sealed record MatrixPoint(IReadOnlyList<(string Axis, AxisOption Option)> Choices)
{
    public static readonly MatrixPoint None = new([]);

    public AxisOption? this[string axis] => Choices.FirstOrDefault(choice => choice.Axis == axis).Option;

    public string? Label(string axis) => this[axis]?.Label;

    /// <summary>Axis → label, in the order of the axes.</summary>
    public IReadOnlyDictionary<string, string> Labels
    {
        get
        {
            var labels = new OrderedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (axis, option) in Choices)
                labels.Add(axis, option.Label);
            return labels;
        }
    }
}

/// <summary>
/// The section <c>matrix</c>. An axis is <c>{each: [...]}</c> or named options that carry values; an option with
/// <c>each</c> inside becomes a family, so that an axis is a union of sweeps. Points are the product of the axes, the
/// last axis fastest; <c>only</c> keeps the points that match one of its entries, <c>except</c> drops those.
/// </summary>
internal static class Matrix
{
    private const int Most = 2000;

    public static IReadOnlyList<Axis> Axes(SpecNode? section, References references, SpecProblems problems)
    {
        var axes = new List<Axis>();
        foreach (var (name, value) in Names.Of(section, "axes", problems).Where(axis => axis.Name is not ("only" or "except")))
        {
            var options = Options(references.Resolve(value, MatrixPoint.None), problems);
            foreach (var twice in options.GroupBy(option => option.Label).Where(group => group.Count() > 1))
                problems.Add(value.Place, $"the label {twice.Key} twice", "each label once");
            axes.Add(new Axis(name, value.Place, options.Count == 0 ? [Broken(value)] : [.. options.DistinctBy(option => option.Label)]));
        }

        return axes;
    }

    public static IReadOnlyList<MatrixPoint> Points(SpecNode? section, IReadOnlyList<Axis> axes, References references, SpecProblems problems)
    {
        if (axes.Aggregate(1L, (count, axis) => Math.Min(count * axis.Options.Count, int.MaxValue)) > Most)
        {
            problems.Add(section!, $"at most {Most} points, before only and except");
            return [];
        }

        IEnumerable<MatrixPoint> all = [MatrixPoint.None];
        foreach (var axis in axes)
            all = all.SelectMany(_ => axis.Options, (point, option) => new MatrixPoint([.. point.Choices, (axis.Name, option)]));
        return PointFilter.Apply([.. all], section as SpecMap, axes, references, problems);
    }

    private static AxisOption Broken(SpecNode axis) => new("?", "?", SpecMissing.Reported(axis.Place));

    private static List<AxisOption> Options(SpecNode axis, SpecProblems problems)
    {
        if (axis is SpecMap map && map["each"] is not null)
            return [.. Sweep.Expand(map, problems).Select(e => new AxisOption(e.Label, e.Label, e.Value))];
        if (axis is SpecMap { Entries.Count: > 0 })
            return [.. Names.Of(axis, "options", problems).SelectMany(o => Family(o.Name, o.Value, problems))];
        problems.Add(
            axis,
            "{each: [...]} or named options",
            axis is SpecList ? "a list is one value; for one run of each write {each: [...]}" : null);
        return [];
    }

    private static IEnumerable<AxisOption> Family(string name, SpecNode value, SpecProblems problems) =>
        Sweep.Expand(value, problems).Select(e => new AxisOption(Sweep.Join(name, e.Label), name, e.Value));
}
