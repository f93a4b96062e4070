using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ledger.Query.Web;

/// <summary>Tells pages that the ledger grew, at most once a second: one connection that listens for all of them.</summary>
internal sealed class LedgerPulse(NpgsqlDataSource source, ILogger<LedgerPulse> log) : BackgroundService
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    public event EventHandler? Grew;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Listen(stoppingToken);
            }
            catch (NpgsqlException lost)
            {
                // Pages say themselves that the database is gone; when it is back they go on.
                log.LogWarning("Not listening to the ledger: {Why}", lost.Message);
                await Task.Delay(Rest, stoppingToken);
            }
        }
    }

    private async Task Listen(CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        await using (var listen = new NpgsqlCommand("listen ledger", connection))
            await listen.ExecuteNonQueryAsync(stop);
        Grew?.Invoke(this, EventArgs.Empty);
        while (true)
        {
            await connection.WaitAsync(stop);
            await Task.Delay(Rest, stop);
            Grew?.Invoke(this, EventArgs.Empty);
        }
    }
}
