using Parquet;
using Parquet.Schema;

namespace Ledger.Domain.Metrics;

/// <summary>
/// What happened to one example. What concerns an attack is null where none was tried: on examples that were wrong
/// already, and everywhere in a clean evaluation.
/// </summary>
/// <param name="ExampleIndex">Place in the data set's split, from 0; the same in every evaluation.</param>
/// <param name="Correct">Classified right without perturbation.</param>
/// <param name="Broken">Classified right, and a misclassified perturbation was found.</param>
/// <param name="DistanceLinf">Largest change of one value, in pixels of [0, 1].</param>
/// <param name="DistanceL2">Euclidean length of the change, in pixels of [0, 1].</param>
/// <param name="CleanMargin">Logit of the label minus the largest other; negative when wrong, NaN when a logit is not finite.</param>
/// <param name="AdversarialLoss">Of the perturbation kept.</param>
/// <param name="BrokenAtStep">Iteration of the first misclassified perturbation, from 0 for the start.</param>
/// <param name="BrokenBy">Name of the attack that found it.</param>
/// <param name="Queries">Forward passes spent on the example.</param>
/// <param name="Restart">The restart that found it, from 0.</param>
/// <param name="MinimalDistance">
/// Length of the shortest misclassified perturbation found, within the radius or not, in the threat's norm and space; null where none was
/// found and where the attack does not seek it.
/// </param>
public sealed record Outcome(
    int ExampleIndex, int Label, int CleanPrediction, int? AdversarialPrediction, bool Correct, bool Broken,
    double? DistanceLinf, double? DistanceL2, double CleanMargin, double? AdversarialLoss,
    int? BrokenAtStep, string? BrokenBy, int Queries, int? Restart, double? MinimalDistance = null);

/// <summary>
/// Per-example outcomes as a Parquet file: one row an example in the order given, one row group, uncompressed and
/// without times, so that equal outcomes are equal bytes. Numbers come back bit for bit. The column of minimal distances is there only
/// where some were sought, so that the bytes of other outcomes are what they were before there was one.
/// </summary>
public static class Outcomes
{
    private static readonly DataField<int> ExampleIndex = new("example_index");
    private static readonly DataField<int> Label = new("label");
    private static readonly DataField<int> CleanPrediction = new("clean_prediction");
    private static readonly DataField<int?> AdversarialPrediction = new("adversarial_prediction");
    private static readonly DataField<bool> Correct = new("correct");
    private static readonly DataField<bool> Broken = new("broken");
    private static readonly DataField<double?> DistanceLinf = new("distance_linf");
    private static readonly DataField<double?> DistanceL2 = new("distance_l2");
    private static readonly DataField<double> CleanMargin = new("clean_margin");
    private static readonly DataField<double?> AdversarialLoss = new("adversarial_loss");
    private static readonly DataField<int?> BrokenAtStep = new("broken_at_step");
    private static readonly DataField<string> BrokenBy = new("broken_by", nullable: true);
    private static readonly DataField<int> Queries = new("queries");
    private static readonly DataField<int?> Restart = new("restart");

    private static readonly DataField<double?> MinimalDistance = new("minimal_distance");

    private static readonly DataField[] Columns =
    [
        ExampleIndex, Label, CleanPrediction, AdversarialPrediction, Correct, Broken, DistanceLinf, DistanceL2,
        CleanMargin, AdversarialLoss, BrokenAtStep, BrokenBy, Queries, Restart,
    ];

    // A field can only be read once it belongs to a schema, whichever file it is read from.
    private static readonly ParquetSchema Plain = new(Columns), WithMinimalDistance = new([.. Columns, MinimalDistance]);

    private static readonly ParquetOptions Options = new() { CompressionMethod = CompressionMethod.None };

    public static async Task<byte[]> WriteAsync(IReadOnlyList<Outcome> outcomes)
    {
        var file = new MemoryStream();
        var minimal = outcomes.Any(o => o.MinimalDistance is not null);
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(minimal ? WithMinimalDistance : Plain, file, Options))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<int>(ExampleIndex, Column(o => o.ExampleIndex));
            await group.WriteAsync<int>(Label, Column(o => o.Label));
            await group.WriteAsync<int>(CleanPrediction, Column(o => o.CleanPrediction));
            await group.WriteAsync<int>(AdversarialPrediction, Column(o => o.AdversarialPrediction));
            await group.WriteAsync<bool>(Correct, Column(o => o.Correct));
            await group.WriteAsync<bool>(Broken, Column(o => o.Broken));
            await group.WriteAsync<double>(DistanceLinf, Column(o => o.DistanceLinf));
            await group.WriteAsync<double>(DistanceL2, Column(o => o.DistanceL2));
            await group.WriteAsync<double>(CleanMargin, Column(o => o.CleanMargin));
            await group.WriteAsync<double>(AdversarialLoss, Column(o => o.AdversarialLoss));
            await group.WriteAsync<int>(BrokenAtStep, Column(o => o.BrokenAtStep));
            await group.WriteAsync(BrokenBy, [.. outcomes.Select(o => o.BrokenBy)]);
            await group.WriteAsync<int>(Queries, Column(o => o.Queries));
            await group.WriteAsync<int>(Restart, Column(o => o.Restart));
            if (minimal)
                await group.WriteAsync<double>(MinimalDistance, Column(o => o.MinimalDistance));
            group.CompleteValidate();
        }

        return file.ToArray();

        ReadOnlyMemory<T> Column<T>(Func<Outcome, T> value) => outcomes.Select(value).ToArray();
    }

    /// <summary>Reads what <see cref="WriteAsync"/> wrote; extra columns are ignored.</summary>
    public static async Task<IReadOnlyList<Outcome>> ReadAsync(Stream file)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(file);
        var outcomes = new List<Outcome>();
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(i);
            outcomes.AddRange(await ReadGroupAsync(group, reader.Schema.DataFields.Any(field => field.Name == MinimalDistance.Name)));
        }

        return outcomes;
    }

    private static async Task<IEnumerable<Outcome>> ReadGroupAsync(ParquetRowGroupReader group, bool minimal)
    {
        int[] index = await Values<int>(group, ExampleIndex), label = await Values<int>(group, Label), clean = await Values<int>(group, CleanPrediction);
        int?[] adversarial = await Nullables<int>(group, AdversarialPrediction), step = await Nullables<int>(group, BrokenAtStep), restart = await Nullables<int>(group, Restart);
        bool[] correct = await Values<bool>(group, Correct), broken = await Values<bool>(group, Broken);
        double?[] linf = await Nullables<double>(group, DistanceLinf), l2 = await Nullables<double>(group, DistanceL2), loss = await Nullables<double>(group, AdversarialLoss);
        double[] margin = await Values<double>(group, CleanMargin);
        double?[] nearest = minimal ? await Nullables<double>(group, MinimalDistance) : new double?[group.RowCount];
        int[] queries = await Values<int>(group, Queries);
        string?[] by = new string?[group.RowCount];
        await group.ReadAsync(BrokenBy, by!);
        return Enumerable.Range(0, index.Length).Select(i => new Outcome(
            index[i], label[i], clean[i], adversarial[i], correct[i], broken[i], linf[i], l2[i], margin[i], loss[i], step[i], by[i], queries[i], restart[i], nearest[i]));
    }

    private static async Task<T[]> Values<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var values = new T[group.RowCount];
        await group.ReadAsync<T>(field, values.AsMemory());
        return values;
    }

    private static async Task<T?[]> Nullables<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var values = new T?[group.RowCount];
        await group.ReadAsync<T>(field, values.AsMemory());
        return values;
    }
}
