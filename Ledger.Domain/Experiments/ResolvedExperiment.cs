using System.Text.Json;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Experiments;

/// <summary>
/// An experiment file read to the end: one scale, every reference followed, every default filled in, every run planned.
/// </summary>
/// <param name="Slug">The name in the file.</param>
/// <param name="Scale">The chosen column of <c>scales</c>, a label only; null when the file has none.</param>
/// <param name="Seeds">In the order of the file, then the extra ones.</param>
/// <param name="Axes">Names of the matrix's axes, in the order of the file.</param>
/// <param name="Spec">Canonical form (<see cref="CanonicalSpec"/>): the same for every way of writing the same study.</param>
/// <param name="SpecDigest">Of <paramref name="Spec"/>, under the scheme <c>ledger/spec/1</c>.</param>
/// <param name="Yaml">The file as written, without a byte order mark.</param>
/// <param name="Runs">The first seed's points, then the next seed's: a seed added later does not renumber the others.</param>
public sealed record ResolvedExperiment(
    string Slug, string About, string? Scale, IReadOnlyList<long> Seeds, IReadOnlyList<string> Axes, JsonElement Spec, string SpecDigest,
    string Yaml, IReadOnlyList<RunPlan> Runs, ShowSpec Show);

/// <param name="Number">From 1.</param>
/// <param name="Point">Axis → label, in the order of the axes.</param>
/// <param name="Steps">Each after the steps it needs.</param>
public sealed record RunPlan(int Number, IReadOnlyDictionary<string, string> Point, long Seed, int Threads, IReadOnlyList<PlannedStep> Steps);

/// <summary>What is shown of the results.</summary>
/// <param name="Table">Columns of the table, in order.</param>
/// <param name="Plots">Null: those that can be told from the matrix.</param>
public sealed record ShowSpec(IReadOnlyList<ShowColumn> Table, IReadOnlyList<ShowPlot>? Plots = null);

/// <param name="Kind">
/// <c>axis</c>, <c>metric</c> (of <see cref="MeasureSpec.Names"/>), <c>value</c> (a metric by the name it is recorded under) or <c>robust</c>
/// (accuracy under an attack).
/// </param>
/// <param name="Name">Of the axis, metric or adversary; an adversary of several radii may be followed by <c>@</c> and one of them.</param>
public sealed record ShowColumn(string Kind, string Name)
{
    /// <summary>Stands for an adversary: the worst, example by example, over all attacks within one threat and on the same examples.</summary>
    public const string WorstCase = "worst-case";
}

/// <summary>One plot: means over seeds, a line for each value of the other axes.</summary>
/// <param name="Of"><c>robust_accuracy</c>, <c>clean_accuracy</c>, <c>relative_robustness</c>, or a metric by the name it is recorded under.</param>
/// <param name="Against">An axis, <c>eps</c>, or a metric by the name it is recorded under.</param>
/// <param name="Lines">Axes told apart by lines; null: all others that differ.</param>
/// <param name="Adversary">Only this one, as in <see cref="ShowColumn"/>; null: a plot for each.</param>
/// <param name="Band"><c>std</c> (over seeds) or <c>none</c>; null: std.</param>
/// <param name="Where">Axis → labels or families; null: all points.</param>
public sealed record ShowPlot(
    string Of, string Against, IReadOnlyList<string>? Lines = null, string? Adversary = null, string? Band = null,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Where = null);
