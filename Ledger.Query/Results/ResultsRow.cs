namespace Ledger.Query.Results;

/// <summary>One matrix point's network over its seeds.</summary>
/// <param name="Clean">On the attacked examples, or the measured accuracy where nothing was attacked.</param>
/// <param name="Attacks">In the order of the table's columns; null where this network was not attacked so.</param>
/// <param name="LatencyMsPerExample">Median time of a batch over its size: observed.</param>
/// <param name="Values">Every recorded metric of the whole network, by name.</param>
/// <param name="GradientEvaluations">Forward-backward passes spent on every training it rests on.</param>
/// <param name="TrainSeconds">Wall time of those trainings where they were first computed: observed.</param>
public sealed record ResultsRow(
    IReadOnlyDictionary<string, string> Point, string ModelStep, IReadOnlyList<long> Seeds, Spread? Clean, Spread? CleanFull, IReadOnlyList<AttackedSpread?> Attacks,
    string? Compression, double? Requested, double? Achieved, double? Parameters, double? NonzeroParameters, double? SizeBytes, double? Macs, double? LatencyMsPerExample,
    IReadOnlyList<SeedResult> EachSeed, IReadOnlyDictionary<string, Spread> Values, Spread? GradientEvaluations, Spread? TrainSeconds)
{
    internal static ResultsRow Of(
        IReadOnlyList<ModelRow> seeds, IReadOnlyList<AttackColumn> columns, ILookup<(string Run, string ModelStep), RobustnessRow> attacks,
        ILookup<(string Run, string ModelStep), NetworkMetric> metrics)
    {
        var results = seeds.Select(model => new SeedResult(
            model.Run, model.Seed, model.CleanAccuracyFull, model.CleanExamplesFull, [.. columns.Select(column => attacks[(model.Run, model.ModelStep)].FirstOrDefault(row => row.Identity == column.Identity))])).ToList();
        var full = Spread.Of(results.Select(seed => seed.CleanAccuracyFull));
        return new ResultsRow(
            seeds[0].Point, seeds[0].ModelStep, [.. seeds.Select(model => model.Seed)],
            Spread.Of(results.Select(seed => seed.Attacks.FirstOrDefault(row => row is not null)?.CleanAccuracy)) ?? full,
            full,
            [.. columns.Select((_, i) => AttackedSpread.Of(results.Select(seed => seed.Attacks[i])))],
            seeds[0].Compression, seeds[0].Requested, Spread.Of(seeds.Select(model => model.Achieved))?.Mean,
            Mean(seeds, model => model.Parameters), Mean(seeds, model => model.NonzeroParameters), Mean(seeds, model => model.SizeBytes), Mean(seeds, model => model.Macs),
            Spread.Of(seeds.Select(model => model.LatencyMsP50 / (model.LatencyBatch ?? 1)))?.Mean,
            results, Spreads(seeds.SelectMany(model => metrics[(model.Run, model.ModelStep)])),
            Spread.Of(seeds.Select(model => (double?)model.GradientEvaluationsTrain)), Spread.Of(seeds.Select(model => model.TrainSeconds)));
    }

    // Of a metric measured twice of one network the last value counts, as in results.models.
    private static OrderedDictionary<string, Spread> Spreads(IEnumerable<NetworkMetric> metrics)
    {
        var spreads = new OrderedDictionary<string, Spread>(StringComparer.Ordinal);
        foreach (var metric in metrics.GroupBy(metric => metric.Name, StringComparer.Ordinal))
        {
            if (Spread.Of(metric.GroupBy(value => value.Run, StringComparer.Ordinal).Select(run => run.Last().Value)) is { } spread)
                spreads.Add(metric.Key, spread);
        }

        return spreads;
    }

    private static double? Mean(IReadOnlyList<ModelRow> seeds, Func<ModelRow, long?> value) => Spread.Of(seeds.Select(model => (double?)value(model)))?.Mean;
}

/// <summary>Mean and sample standard deviation over seeds.</summary>
/// <param name="Deviation">Null below two seeds.</param>
/// <param name="Seeds">How many have a value.</param>
public sealed record Spread(double Mean, double? Deviation, int Seeds)
{
    internal static Spread? Of(IEnumerable<double?> values)
    {
        var there = values.OfType<double>().ToList();
        if (there.Count == 0)
            return null;
        var (mean, deviation) = Numbers.Spread(there);
        return new Spread(mean, deviation, there.Count);
    }
}

/// <summary>Robust accuracy over seeds, and what to know about it.</summary>
/// <param name="StraightThrough">Gradients passed non-differentiable parts as if they were not there.</param>
/// <param name="FlagCodes">Suspicions raised about any of the seeds.</param>
public sealed record AttackedSpread(double? Mean, double? Deviation, int Seeds, bool StraightThrough, IReadOnlyList<string> FlagCodes)
{
    internal static AttackedSpread? Of(IEnumerable<RobustnessRow?> results)
    {
        var there = results.OfType<RobustnessRow>().ToList();
        if (there.Count == 0)
            return null;
        var spread = Spread.Of(there.Select(row => row.RobustAccuracy));
        return new AttackedSpread(
            spread?.Mean, spread?.Deviation, there.Count, there.Exists(row => row is { Gradient: "straight-through", WorstCase: false }),
            [.. there.SelectMany(row => row.FlagCodes?.Split(", ") ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }
}

/// <summary>One run's share of a row; attacks in the order of the table's columns.</summary>
public sealed record SeedResult(string Run, long Seed, double? CleanAccuracyFull, int? CleanExamplesFull, IReadOnlyList<RobustnessRow?> Attacks);
