using System.Text.Json.Serialization;

namespace Ledger.Query.Results;

/// <summary>An attack within a threat.</summary>
/// <param name="Label">Short, and unlike that of every other column.</param>
/// <param name="WorstCase">Not one attack but the worst of several, example by example.</param>
/// <param name="Identity">Everything results in this column agree in.</param>
/// <param name="Curve">Everything they agree in but the radius.</param>
public sealed record AttackColumn(
    string Label, string? Adversary, string Attack, string Norm, double Eps, string EpsAsWritten, string EpsSpace, bool Clip, int? Restarts,
    string Threat, bool WorstCase, int Examples, [property: JsonIgnore] string Identity, [property: JsonIgnore] string Curve)
{
    internal static IReadOnlyList<AttackColumn> Of(IEnumerable<RobustnessRow> rows)
    {
        var columns = rows.DistinctBy(row => row.Identity).ToList();
        string Label(RobustnessRow row) => Labels.First(label => columns.Count(other => label(other) == label(row)) == 1)(row);
        return
        [
            .. columns.Select(row => new AttackColumn(
                Label(row), row.Adversary, row.Attack, row.Norm, row.Eps, row.EpsAsWritten, row.EpsSpace, row.Clip, row.Restarts, row.Threat,
                row.WorstCase, row.Examples, row.Identity, row.Curve)),
        ];
    }

    // From short to long; the last one leaves nothing out.
    private static readonly Func<RobustnessRow, string>[] Labels =
    [
        row => row.Label,
        row => $"{row.Label} {row.EpsAsWritten}",
        row => $"{row.Adversary} {row.EpsAsWritten}",
        row => $"{row.Adversary} {row.Label} {row.EpsAsWritten}",
        row => $"{row.Adversary} {row.Label} {row.EpsAsWritten} {row.EpsSpace}{(row.Clip ? "" : " unclipped")} n={row.Examples}",
        row => row.Identity,
    ];
}
