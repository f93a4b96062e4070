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

/// <summary>The columns of the results table, in order.</summary>
public sealed record ShowSpec(IReadOnlyList<ShowColumn> Table);

/// <param name="Kind"><c>axis</c>, <c>metric</c> (of <see cref="MeasureSpec.Names"/>) or <c>robust</c> (accuracy under an attack).</param>
/// <param name="Name">Of the axis, metric or adversary.</param>
public sealed record ShowColumn(string Kind, string Name);
