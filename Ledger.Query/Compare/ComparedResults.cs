using Ledger.Query.Results;
using Ledger.Query.Runs;

namespace Ledger.Query.Compare;

/// <summary>Results tables: of several experiments at one position, or of one at two.</summary>
internal static class ComparedResults
{
    public static async Task<Comparison> Of(IReadOnlyList<(Reading Reading, Named Experiment)> sides, bool all, int resamples, CancellationToken stop)
    {
        bool severalPositions = sides.DistinctBy(side => side.Reading.Position).Skip(1).Any();
        var compared = new List<(Side Side, IReadOnlyList<Fact> Facts)>();
        var tables = new List<(ResultsTable Table, StandingOfRuns Standing)>();
        foreach (var (reading, experiment) in sides)
        {
            var table = await ShowResults.Of(reading, experiment.Experiment, stop);
            var runs = FactsOfResults.Runs(table);
            var facts = await FactsOfRuns.Read(reading, runs, stop);
            compared.Add((
                new Side(severalPositions ? $"{experiment.Slug} @{reading.Position}" : experiment.Slug, experiment.Experiment, reading.Position, runs),
                FactsOfResults.Of(table, facts.Values)));
            tables.Add((table, sides.Count == 2 ? await StandingOfRuns.Read(reading, runs, stop) : StandingOfRuns.None));
        }

        return Comparison.Of(compared, tables is [var first, var second] ? Paired(first, second, resamples) : [], all);
    }

    private static List<PairedDifference> Paired((ResultsTable Table, StandingOfRuns Standing) first, (ResultsTable Table, StandingOfRuns Standing) second, int resamples) =>
    [
        .. from row in first.Table.Rows
           join other in second.Table.Rows on FactsOfResults.Name(row) equals FactsOfResults.Name(other)
           from attack in first.Table.Attacks.Index()
           join otherAttack in second.Table.Attacks.Index() on attack.Item.Identity equals otherAttack.Item.Identity
           let seeds = Seeds(row, attack.Index, first.Standing, other, otherAttack.Index, second.Standing)
           where seeds.Count > 0
           select PairedDifference.Of($"{FactsOfResults.Name(row)} {attack.Item.Label}", seeds, resamples),
    ];

    /// <summary>Seeds that both rows have, by their own runs: of the same run there is nothing to compare.</summary>
    private static List<(IReadOnlyList<bool> First, IReadOnlyList<bool> Second)> Seeds(
        ResultsRow row, int attack, StandingOfRuns standing, ResultsRow other, int otherAttack, StandingOfRuns otherStanding) =>
    [
        .. from seed in row.EachSeed
           join against in other.EachSeed on seed.Seed equals against.Seed
           where seed.Run != against.Run && seed.Attacks[attack] is not null && against.Attacks[otherAttack] is not null
           let here = standing.Of(seed.Run, seed.Attacks[attack]!.AttackStep)
           let there = otherStanding.Of(against.Run, against.Attacks[otherAttack]!.AttackStep)
           where here is not null && there is not null && here.ExamplesDigest == there.ExamplesDigest
           select (here.Examples, there.Examples),
    ];
}
