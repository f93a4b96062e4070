using Ledger.Domain;
using Ledger.Query.Results;
using Ledger.Query.Runs;

namespace Ledger.Query.Compare;

/// <summary>Runs, each by itself.</summary>
internal static class ComparedRuns
{
    /// <exception cref="BadInput">A single run that is no replay.</exception>
    public static async Task<Comparison> Of(Reading reading, IReadOnlyList<string> runs, bool all, int resamples, CancellationToken stop)
    {
        if (runs is [var only])
            runs = [await Original(reading, only, stop), only];
        var facts = await FactsOfRuns.Read(reading, [.. runs.Distinct(StringComparer.Ordinal)], stop);
        var paired = runs is [var first, var second] && first != second
            ? Paired(await StandingOfRuns.Read(reading, runs, stop), first, second, resamples) : [];
        int letters = RunIds.Enough(runs);
        return Comparison.Of([.. runs.Select(run => (new Side(run[..letters], run, reading.Position, [run]), facts[run]))], paired, all);
    }

    private static async Task<string> Original(Reading reading, string run, CancellationToken stop) =>
        (await reading.Rows("select replay_of from results.runs where run = $1 and replay_of is not null", row => row.GetString(0), stop, run)) is [var original]
            ? original
            : throw new BadInput(new Problem($"one run, {run}, which is no replay", "a second run to hold it against", "of"));

    private static List<PairedDifference> Paired(StandingOfRuns standing, string first, string second, int resamples) =>
    [
        .. from step in standing.Steps(first)
           let here = standing.Of(first, step)
           let there = standing.Of(second, step)
           where there is not null && here.ExamplesDigest == there.ExamplesDigest
           select PairedDifference.Of(step, [(here.Examples, there.Examples)], resamples),
    ];
}
