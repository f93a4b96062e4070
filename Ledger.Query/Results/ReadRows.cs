using System.Text.Json;

namespace Ledger.Query.Results;

/// <summary>Rows as records: a column goes to the property of the same name in snake_case.</summary>
internal static class ReadRows
{
    public static async Task<IReadOnlyList<T>> Read<T>(this Reading reading, string sql, CancellationToken stop, params object[] values) =>
        await reading.Rows(
            $"select row_to_json(q)::text from ({sql}) q",
            row => JsonSerializer.Deserialize<T>(row.GetString(0), Edge.Json)!,
            stop,
            values);

    /// <summary>The same of a query whose first parameter is an array of runs.</summary>
    public static async Task<IReadOnlyList<T>> ReadOfRuns<T>(this Reading reading, string sql, IReadOnlyList<string> runs, CancellationToken stop) =>
        await reading.OfRuns($"select row_to_json(q)::text from ({sql}) q", runs, row => JsonSerializer.Deserialize<T>(row.GetString(0), Edge.Json)!, stop);
}
