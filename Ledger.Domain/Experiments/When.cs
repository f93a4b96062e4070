using System.Text.RegularExpressions;

namespace Ledger.Domain.Experiments;

/// <summary>
/// The condition of a step: <c>axis is value</c>, <c>axis is not value</c>, <c>axis in [a, b]</c>, joined by <c>and</c>.
/// A value is a label or a family. Nothing else can be said.
/// </summary>
internal sealed partial record When(IReadOnlyList<WhenClause> Clauses)
{
    public static readonly When Always = new([]);

    private static readonly When Never = new([new WhenClause("", false, [])]);

    /// <summary>What was written could not be read, and is reported; the step is left out so that nothing more is said about it.</summary>
    public bool IsBroken => ReferenceEquals(this, Never);

    private const string Form = "axis is value, axis is not value, or axis in [a, b], joined by and";

    public bool Holds(MatrixPoint point) => Clauses.All(clause => clause.Holds(point));

    public static When Read(SpecNode? node, IReadOnlyList<Axis> axes, SpecProblems problems)
    {
        if (node is null)
            return Always;
        if (node is not SpecScalar scalar || scalar.Text.Length > 1000 || !Whole().IsMatch(scalar.Text))
        {
            problems.Add(node, Form);
            return Never;
        }

        var clauses = Clause().Matches(scalar.Text).Select(match => Read(match, scalar.Place, axes, problems)).ToList();
        return clauses.Contains(null) ? Never : new When([.. clauses.OfType<WhenClause>()]);
    }

    private static WhenClause? Read(Match clause, Place place, IReadOnlyList<Axis> axes, SpecProblems problems)
    {
        string name = clause.Groups["axis"].Value;
        if (axes.FirstOrDefault(axis => axis.Name == name) is not { } axis)
        {
            problems.AddUnknown(place, name, [.. axes.Select(a => a.Name)], "an axis");
            return null;
        }

        var words = clause.Groups["word"].Captures.Select(capture => capture.Value).ToList();
        if (words.Count(word => axis.Knows(word, place, problems)) < words.Count)
            return null;
        return new WhenClause(name, clause.Groups["not"].Success, words);
    }

    private const string OneClause =
        @"(?<axis>[A-Za-z0-9_-]+)\s+(is\s+(?<not>not\s+)?(?<word>[A-Za-z0-9._+/-]+)|in\s*\[\s*(?<word>[A-Za-z0-9._+/-]+)(\s*,\s*(?<word>[A-Za-z0-9._+/-]+))*\s*\])";

    [GeneratedRegex(@"\A\s*" + OneClause + @"(\s+and\s+" + OneClause + @")*\s*\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Whole();

    [GeneratedRegex(OneClause, RegexOptions.ExplicitCapture)]
    private static partial Regex Clause();
}

internal sealed record WhenClause(string Axis, bool Negated, IReadOnlyList<string> Words)
{
    public bool Holds(MatrixPoint point) => Words.Any(word => point[Axis]?.Is(word) == true) != Negated;
}
