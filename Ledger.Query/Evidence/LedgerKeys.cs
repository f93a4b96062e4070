using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Origin;
using Ledger.Query.Results;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>The keys that a ledger's own stream introduced. What the ledger says of itself: to be compared with what its owner says elsewhere.</summary>
internal static class LedgerKeys
{
    /// <summary>In the order of their introduction.</summary>
    public static async Task<IReadOnlyList<VerifierKey>> Of(NpgsqlConnection connection, string origin, CancellationToken stop)
    {
        var introduced = await connection.Rows(
            "select version, data::text from ledger.mt_events where stream_id = 'ledger/' || $1 and type = 'ledger.key_introduced.v1' order by version",
            row => (row.GetInt64(0), JsonSerializer.Deserialize<KeyIntroduced>(row.GetString(1), LedgerJson.Options)!),
            stop,
            origin);
        return [.. SealKeys.Of(origin, introduced).Select(key => key.Key)];
    }
}
