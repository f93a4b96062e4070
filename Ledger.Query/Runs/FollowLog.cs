using System.Runtime.CompilerServices;
using Npgsql;

namespace Ledger.Query.Runs;

/// <summary>The log as it grows: page after page, and then whatever comes.</summary>
internal static class FollowLog
{
    /// <summary>Reads on whenever the ledger grows; positions are given by whoever writes, or by this reader once a second. A page may be empty.</summary>
    /// <param name="stop">Ends it with <see cref="OperationCanceledException"/>.</param>
    public static async IAsyncEnumerable<LogPage> Pages(
        NpgsqlDataSource source, ReadLog query, Func<ReadLog, Task<LogPage>> read, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var listener = await source.OpenConnectionAsync(stop);
        await using (var listen = new NpgsqlCommand("listen ledger", listener))
            await listen.ExecuteNonQueryAsync(stop);
        while (true)
        {
            var page = await read(query);
            yield return page;
            query = query with { From = page.Next(query.Limit) };
            if (page.Events.Count < query.Limit)
                await listener.WaitAsync(TimeSpan.FromSeconds(1), stop);
        }
    }
}
