using Ledger.Domain;
using Ledger.Query.Results;

namespace Ledger.Query.Runs;

/// <summary>Finds what a person means by a few letters: a run by the beginning of its id, an experiment by its name or the beginning of either.</summary>
public static class RunIds
{
    private const int Shown = 8;

    /// <summary>The run whose id begins so.</summary>
    /// <exception cref="BadInput">None does, or several do.</exception>
    public static async Task<string> Run(Reading reading, string prefix, CancellationToken stop) =>
        (await TryRun(reading, prefix, stop)) ?? throw Missing("run", prefix, await Near(reading, "select run from results.runs order by position_from desc limit 8", stop), "ledger runs");

    /// <summary>The experiment of that name, or whose name or id begins so. Of several with the same name, the one registered last.</summary>
    /// <exception cref="BadInput">None does, or several do.</exception>
    public static async Task<Named> Experiment(Reading reading, string text, CancellationToken stop) =>
        (await TryExperiment(reading, text, stop)) ?? throw Missing("experiment", text, await Near(reading, "select slug from results.experiments order by position_from desc limit 8", stop), "ledger status");

    /// <summary>A run, or else an experiment.</summary>
    public static async Task<(string? Run, Named? Experiment)> RunOrExperiment(Reading reading, string text, CancellationToken stop)
    {
        if (await TryExperiment(reading, text, stop) is { } experiment)
            return (null, experiment);
        if (await TryRun(reading, text, stop) is { } run)
            return (run, null);
        throw Missing("run or experiment", text, await Near(reading, "select slug from results.experiments order by position_from desc limit 8", stop), "ledger runs");
    }

    /// <summary>How many letters tell these ids apart, and at least eight.</summary>
    public static int Enough(IEnumerable<string> ids)
    {
        var sorted = ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        int common = sorted.Zip(sorted.Skip(1), (a, b) => a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count()).DefaultIfEmpty(0).Max();
        return Math.Max(Shown, common + 1);
    }

    private static async Task<string?> TryRun(Reading reading, string prefix, CancellationToken stop)
    {
        var found = await Near(reading, "select run from results.runs where starts_with(run, upper($1)) order by run collate \"C\" limit 9", stop, prefix);
        return found switch { [] => null, [var run] => run, _ => throw Ambiguous("run", prefix, found) };
    }

    private static async Task<Named?> TryExperiment(Reading reading, string text, CancellationToken stop)
    {
        var found = await reading.Read<Named>(
            """
            select experiment, slug from results.experiments
            where starts_with(slug, $1) or starts_with(experiment, upper($1)) order by slug = $1 desc, position_from desc
            """, stop, text);
        if (found.Count > 0 && (found[0].Slug == text || found.Select(named => named.Slug).Distinct(StringComparer.Ordinal).Count() == 1))
            return found[0];
        return found.Count == 0 ? null : throw Ambiguous("experiment", text, [.. found.Select(named => named.Slug).Distinct(StringComparer.Ordinal)]);
    }

    private static Task<IReadOnlyList<string>> Near(Reading reading, string sql, CancellationToken stop, params object[] values) =>
        reading.Rows(sql, row => row.GetString(0), stop, values);

    private static BadInput Ambiguous(string what, string text, IReadOnlyList<string> found) => new(new Problem(
        $"'{text}', which {(found.Count > 8 ? "more than 8" : found.Count)} {what}s begin with", $"more letters of one: {string.Join(", ", found.Take(8))}"));

    private static NotThere Missing(string what, string text, IReadOnlyList<string> there, string list) => new(new Problem(
        $"no {what} '{text}'",
        there.Count == 0 ? "a ledger with runs; there are none yet" : $"one of {string.Join(", ", there.Distinct(StringComparer.Ordinal))}",
        Hint: $"{list} shows all"));
}

/// <summary>An experiment's id and name.</summary>
public sealed record Named(string Experiment, string Slug);
