using Npgsql;

namespace Ledger.Query.Results;

/// <summary>
/// Brings the tables in schema <c>results</c> up to the ledger's head. One transaction under an advisory lock: a reader sees all
/// tables at one position. A definition whose digest changed is computed anew into a shadow table that then takes the old one's
/// place; a definition that is gone takes its table with it. Other people's objects are never dropped.
/// </summary>
public static class ResultTables
{
    private const string Lock = "select pg_advisory_xact_lock(hashtextextended('ledger results', 0))";

    /// <summary>Folds what is new. Returns the position the tables stand at.</summary>
    public static Task<long> CatchUp(NpgsqlConnection connection, CancellationToken stop) =>
        CatchUp(connection, Definitions.All, long.MaxValue, rebuild: false, stop);

    /// <summary>Computes every table anew from the first event; readers have the old ones until all are done.</summary>
    /// <param name="tell">Told of each table that is computed.</param>
    public static Task<long> Rebuild(NpgsqlConnection connection, CancellationToken stop, Action<string>? tell = null) =>
        CatchUp(connection, Definitions.All, long.MaxValue, rebuild: true, stop, tell);

    /// <param name="upTo">The last position to fold, or the head if that comes earlier.</param>
    internal static async Task<long> CatchUp(
        NpgsqlConnection connection, IReadOnlyList<TableDefinition> definitions, long upTo, bool rebuild, CancellationToken stop, Action<string>? tell = null)
    {
        if (!rebuild && await IsCurrent(connection, definitions, upTo, stop))
            return await Head(connection, upTo, stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await connection.Execute(Lock, stop);
        await connection.Execute(TableSchema.Bookkeeping, stop);
        long head = await Head(connection, upTo, stop);
        var progress = await TableProgress.Read(connection, stop);
        await Bring(connection, FoldPlan.Of(definitions, rebuild ? TableProgress.AllStale(progress) : progress), head, tell ?? (_ => { }), stop);
        await transaction.CommitAsync(stop);
        return head;
    }

    // Readers are kept out from the first drop on, so everything that takes long comes before.
    private static async Task Bring(NpgsqlConnection connection, FoldPlan plan, long head, Action<string> tell, CancellationToken stop)
    {
        // A whole table is sorted at once; the server's default is meant for many small queries.
        await connection.Execute("set local work_mem = '64MB'; set local jit = off", stop);
        foreach (var table in plan.ToRebuild)
        {
            await connection.Execute(Fill(table, head), stop);
            tell(table.Name);
        }

        foreach (var (table, from) in plan.ToFold.Where(fold => fold.From < head))
            await connection.Execute(TableSchema.Fold(table, table.Name, from, head), stop);
        foreach (string view in plan.ViewsToDrop)
            await connection.Execute($"drop view if exists results.{view}", stop);
        foreach (string name in plan.TablesToDrop)
            await connection.Execute($"drop table if exists results.{name}", stop);
        await TableProgress.Forget(connection, [.. plan.ViewsToDrop, .. plan.TablesToDrop], stop);
        foreach (var table in plan.ToRebuild)
            await connection.Execute([$"drop table if exists results.{table.Name}", $"alter table results.{Shadow(table)} rename to {table.Name}", .. TableSchema.Comments(table)], stop);
        foreach (var view in plan.ViewsToCreate)
            await connection.Execute([TableSchema.CreateView(view), .. TableSchema.Comments(view)], stop);
        await TableProgress.Write(connection, plan.Definitions, head, stop);
    }

    private static string[] Fill(TableDefinition table, long head) =>
    [
        $"drop table if exists results.{Shadow(table)}",
        TableSchema.Create(table, Shadow(table)),
        TableSchema.Fold(table, Shadow(table), 0, head),
        .. TableSchema.Keys(table, Shadow(table)),
        $"analyze results.{Shadow(table)}",
    ];

    private static string Shadow(TableDefinition table) => $"{table.Name}__next";

    private static async Task<bool> IsCurrent(
        NpgsqlConnection connection, IReadOnlyList<TableDefinition> definitions, long upTo, CancellationToken stop)
    {
        if (await connection.Scalar<object>("select to_regclass('results.progress')::text", stop) is null)
            return false;
        var progress = await TableProgress.Read(connection, stop);
        long head = await Head(connection, upTo, stop);
        return progress.Count == definitions.Count
            && definitions.All(d => progress.TryGetValue(d.Name, out var row) && row.Definition == d.Digest && row.Position >= head);
    }

    private static async Task<long> Head(NpgsqlConnection connection, long upTo, CancellationToken stop) =>
        Math.Min(upTo, await connection.Scalar<long>("select coalesce(max(position), 0) from ledger_log.log", stop));
}
