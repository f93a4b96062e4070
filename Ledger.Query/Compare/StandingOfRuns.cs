using Ledger.Query.Results;

namespace Ledger.Query.Compare;

/// <summary>Which examples attacks left standing, as their events say; for a worst case those that every attack in it did.</summary>
internal sealed class StandingOfRuns(IReadOnlyDictionary<(string Run, string Step), Standing> attacks)
{
    public static StandingOfRuns None { get; } = new(new Dictionary<(string, string), Standing>());

    public static async Task<StandingOfRuns> Read(Reading reading, IReadOnlyList<string> runs, CancellationToken stop) => new(
        (await reading.ReadOfRuns<StandingColumns>(Sql, runs, stop)).ToDictionary(
            row => (row.Run, row.Step), row => new Standing(row.ExamplesDigest, [.. row.Standing.Take(row.Examples).Select(bit => bit == '1')])));

    public IEnumerable<string> Steps(string run) => attacks.Keys.Where(key => key.Run == run).Select(key => key.Step);

    /// <param name="step">Path of an attack step, or several joined by <c> + </c>.</param>
    public Standing? Of(string run, string step)
    {
        var parts = step.Split(" + ").Select(part => attacks.GetValueOrDefault((run, part))).ToList();
        return parts.Contains(null) ? null : parts.Aggregate((worst, next) => new Standing(next!.ExamplesDigest, [.. worst!.Examples.Zip(next.Examples, (a, b) => a && b)]));
    }

    private const string Sql = """
        select s.run, s.step, a.examples, a.examples_digest, a.standing
        from results.steps s
        join results.origins o on o.run = s.run and o.step = s.step
        join results.attacks a on a.run = o.origin_run and a.step = o.origin_step
        where s.run = any($1) and s.kind = 'attack' and s.state in ('completed', 'reused') and a.standing is not null
        order by s.run, s.ordinal
        """;

    private sealed record StandingColumns(string Run, string Step, int Examples, string ExamplesDigest, string Standing);
}

/// <param name="ExamplesDigest">Equal digests: the same examples in the same order.</param>
internal sealed record Standing(string ExamplesDigest, IReadOnlyList<bool> Examples);
