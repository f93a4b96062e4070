using Npgsql;

namespace Ledger.Query.Results;

/// <summary>Npgsql's own calls without their ceremony.</summary>
internal static class Commands
{
    public static async Task Execute(this NpgsqlConnection connection, string sql, CancellationToken stop, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        await command.ExecuteNonQueryAsync(stop);
    }

    public static async Task Execute(this NpgsqlConnection connection, IEnumerable<string> statements, CancellationToken stop)
    {
        foreach (string sql in statements)
            await connection.Execute(sql, stop);
    }

    public static async Task<T> Scalar<T>(this NpgsqlConnection connection, string sql, CancellationToken stop, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        object? value = await command.ExecuteScalarAsync(stop);
        return value is null or DBNull ? default! : (T)value;
    }

    public static async Task<IReadOnlyList<T>> Rows<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken stop, params object[] values)
    {
        await using var command = Command(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var rows = new List<T>();
        while (await reader.ReadAsync(stop))
            rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] values)
    {
        // Building an event's table or folding a whole ledger takes as long as it takes; Ctrl-C ends it.
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (object value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
