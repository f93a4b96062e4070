using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Prometheus;

namespace Ledger.Query.Web.Api;

/// <summary>What those who watch over servers ask: whether this process lives, whether it can answer, and figures for Prometheus.</summary>
internal static class Health
{
    private static readonly Gauge Head = Prometheus.Metrics.CreateGauge("ledger_head_position", "Position of the last event.");
    private static readonly Gauge Sealed = Prometheus.Metrics.CreateGauge("ledger_sealed_position", "Position up to which events are sealed.");

    public static void MapHealth(this IEndpointRouteBuilder server, OpenedLedger ledger)
    {
        server.MapGet("/healthz", () => TypedResults.Text("ok")).ExcludeFromDescription();
        server.MapGet("/readyz", async (CancellationToken stop) =>
        {
            await Read(ledger.Source, stop);
            return TypedResults.Text("ok");
        }).ExcludeFromDescription();
        Prometheus.Metrics.DefaultRegistry.AddBeforeCollectCallback(stop => Read(ledger.Source, stop));
        server.MapMetrics();
    }

    private static async Task Read(NpgsqlDataSource source, CancellationToken stop)
    {
        await using var command = source.CreateCommand("select (select coalesce(max(position), 0) from ledger_log.log), (select coalesce(max(s.size), 0) from ledger_log.seals s join ledger_log.origin o on o.origin = s.origin)");
        await using var row = await command.ExecuteReaderAsync(stop);
        await row.ReadAsync(stop);
        Head.Set(row.GetInt64(0));
        Sealed.Set(row.GetInt64(1));
    }
}
