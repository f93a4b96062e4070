using Npgsql;

namespace Ledger.Query.Results;

/// <summary>What has to be done to bring the tables from where they stand to where the definitions say. Pure.</summary>
/// <param name="ToFold">Tables that are right so far, and from which position they go on.</param>
internal sealed record FoldPlan(
    IReadOnlyList<TableDefinition> Definitions, IReadOnlyList<string> ViewsToDrop, IReadOnlyList<string> TablesToDrop,
    IReadOnlyList<TableDefinition> ToRebuild, IReadOnlyList<(TableDefinition Table, long From)> ToFold, IReadOnlyList<TableDefinition> ViewsToCreate)
{
    public static FoldPlan Of(IReadOnlyList<TableDefinition> definitions, IReadOnlyDictionary<string, TableProgress> progress)
    {
        bool Right(TableDefinition d) => progress.TryGetValue(d.Name, out var row) && row.Definition == d.Digest && row.Kind == d.Kind;
        var tables = definitions.Where(d => d.Kind != TableKind.View).ToList();
        var views = definitions.Where(d => d.Kind == TableKind.View).ToList();
        var rebuild = tables.Where(d => !Right(d)).ToList();
        var gone = progress.Values.Where(row => row.Kind != TableKind.View && !tables.Exists(d => d.Name == row.Table)).Select(row => row.Table).ToList();
        // Views name the tables they read by identity, so that none of them can be kept when a table is replaced.
        bool redo = rebuild.Count > 0 || gone.Count > 0 || !views.TrueForAll(Right)
            || progress.Values.Any(row => row.Kind == TableKind.View && !views.Exists(d => d.Name == row.Table));
        return new FoldPlan(
            definitions,
            redo ? DroppingOrder(progress) : [],
            gone,
            rebuild,
            [.. tables.Where(Right).Select(d => (d, progress[d.Name].Position))],
            redo ? views : []);
    }

    // Views read views: the last one made goes first. Their order is recorded, since some may no longer be defined.
    private static List<string> DroppingOrder(IReadOnlyDictionary<string, TableProgress> progress) =>
        [.. progress.Values.Where(row => row.Kind == TableKind.View).OrderByDescending(row => row.Place).Select(row => row.Table)];
}

/// <summary>How far a table has been folded, as its row in <c>results.progress</c> says.</summary>
/// <param name="Place">Order in which the tables were made.</param>
internal sealed record TableProgress(string Table, TableKind Kind, string Definition, long Position, int Place)
{
    public static async Task<IReadOnlyDictionary<string, TableProgress>> Read(NpgsqlConnection connection, CancellationToken stop) =>
        (await connection.Rows(
            "select table_name, kind, definition, position, place from results.progress",
            row => new TableProgress(row.GetString(0), Enum.Parse<TableKind>(row.GetString(1), ignoreCase: true), row.GetString(2), row.GetInt64(3), row.GetInt32(4)),
            stop)).ToDictionary(row => row.Table, StringComparer.Ordinal);

    /// <summary>The same tables, all with definitions that are no longer in force.</summary>
    public static IReadOnlyDictionary<string, TableProgress> AllStale(IReadOnlyDictionary<string, TableProgress> progress) =>
        progress.Values.ToDictionary(row => row.Table, row => row with { Definition = "" }, StringComparer.Ordinal);

    public static async Task Forget(NpgsqlConnection connection, IReadOnlyList<string> tables, CancellationToken stop)
    {
        if (tables.Count > 0)
            await connection.Execute("delete from results.progress where table_name = any($1)", stop, (object)tables.ToArray());
    }

    public static async Task Write(NpgsqlConnection connection, IReadOnlyList<TableDefinition> definitions, long position, CancellationToken stop) =>
        await connection.Execute(
            """
            insert into results.progress (table_name, kind, definition, position, place)
            select t.name, t.kind, t.definition, $4, t.place from unnest($1, $2, $3) with ordinality as t(name, kind, definition, place)
            on conflict (table_name) do update set kind = excluded.kind, definition = excluded.definition, position = excluded.position, place = excluded.place
            """,
            stop,
            definitions.Select(d => d.Name).ToArray(),
            definitions.Select(d => d.Kind.ToString().ToLowerInvariant()).ToArray(),
            definitions.Select(d => d.Digest).ToArray(),
            position);
}
