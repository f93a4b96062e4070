using System.Collections.Concurrent;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Runs;

/// <summary>Digests of the decoded examples that steps look at, taken once per process.</summary>
/// <param name="catalog">Where the data sets are.</param>
public sealed class DatasetPins(DatasetCatalog catalog)
{
    private readonly ConcurrentDictionary<ExamplesSpec, Lazy<DatasetPinned>> pins = new();

    public DatasetPinned Of(ExamplesSpec examples) => pins.GetOrAdd(examples, spec => new Lazy<DatasetPinned>(() => Pin(spec))).Value;

    /// <summary>Data source name → where its files are, for the sources a step needs.</summary>
    public IReadOnlyDictionary<string, DataLocation> Locations(StepSpec spec) =>
        StepIdentities.ExamplesOf(spec).Values.Select(examples => examples.Source).Distinct()
            .ToDictionary(source => source, catalog.Locate);

    private DatasetPinned Pin(ExamplesSpec spec)
    {
        var examples = Examples.Read(catalog.Locate(spec.Source), spec);
        return new DatasetPinned(Name(spec), spec.Source, spec.Split, examples.Count, examples.Shape, examples.Classes, examples.Digest().ToString());
    }

    private static string Name(ExamplesSpec spec) =>
        $"{spec.Source}.{spec.Split}"
        + (spec.HoldOut is { } held ? $" {(spec.Held ? "held out" : "without")} {Size(held)} (seed {held.Seed})" : "")
        + (spec.Random is { } random ? $" {Size(random)} by lot (seed {random.Seed})" : "")
        + (spec.First is { } first ? $" first {first}" : "");

    private static string Size(SeededPart part) => part.Count is { } count ? $"{count}" : $"{part.Fraction}";
}
