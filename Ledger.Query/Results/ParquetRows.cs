using System.Reflection;
using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace Ledger.Query.Results;

/// <summary>The rows of <see cref="ResultsFiles.Csv"/> with their types, as Parquet: one row group, uncompressed, the same bytes for the same rows.</summary>
internal static class ParquetRows
{
    private static readonly ParquetOptions Options = new() { CompressionMethod = CompressionMethod.None };

    private static readonly IReadOnlyList<PropertyInfo> Properties =
        [.. typeof(RobustnessRow).GetConstructors()[0].GetParameters().Where(parameter => parameter.Name != nameof(RobustnessRow.Point)).Select(parameter => typeof(RobustnessRow).GetProperty(parameter.Name!)!)];

    public static async Task<byte[]> Of(ResultsTable table)
    {
        var rows = table.Rows.SelectMany(row => row.EachSeed).SelectMany(seed => seed.Attacks).OfType<RobustnessRow>().ToList();
        var axes = table.Axes.Select(axis => (Field: (DataField)new DataField<string>(axis, nullable: true), Value: (Func<RobustnessRow, object?>)(row => row.Point.GetValueOrDefault(axis))));
        var columns = axes.Concat(Properties.Select(property => (Field: Field(property), Value: (Func<RobustnessRow, object?>)property.GetValue))).ToList();
        var file = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(column => column.Field)), file, Options))
        {
            using var group = writer.CreateRowGroup();
            foreach (var (field, value) in columns)
                await Write(group, field, [.. rows.Select(value)]);
            group.CompleteValidate();
        }

        return file.ToArray();
    }

    private static DataField Field(PropertyInfo property)
    {
        string name = Edge.Json.PropertyNamingPolicy!.ConvertName(property.Name);
        return (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
        {
            var type when type == typeof(double) => new DataField<double?>(name),
            var type when type == typeof(int) || type == typeof(long) => new DataField<long?>(name),
            var type when type == typeof(bool) => new DataField<bool>(name),
            _ => new DataField<string>(name, nullable: true),
        };
    }

    private static async Task Write(ParquetRowGroupWriter group, DataField field, object?[] values)
    {
        if (field is DataField<double?>)
            await group.WriteAsync<double>(field, values.Select(value => (double?)value).ToArray());
        else if (field is DataField<long?>)
            await group.WriteAsync<long>(field, values.Select(value => value is null ? (long?)null : Convert.ToInt64(value)).ToArray());
        else if (field is DataField<bool>)
            await group.WriteAsync<bool>(field, values.Select(value => (bool)value!).ToArray());
        else
            await group.WriteAsync(field, [.. values.Select(value => value is JsonElement json ? json.GetRawText() : (string?)value)]);
    }
}
