using System.Diagnostics;
using System.Globalization;
using Ledger.Domain.Store;
using Ledger.Runner.Postgres;
using Npgsql;

namespace Ledger.Runner.Bench.Jepsen;

/// <summary>
/// Ends server processes of one database at random moments: with pg_terminate_backend, which ends a connection, and every tenth time with
/// SIGKILL, upon which Postgres ends all connections and recovers from its log. Half of the time it looks for one that is at work. It waits until the
/// clients have recovered from the last: each kill hits a ledger that is being written.
/// </summary>
internal sealed class BackendKiller(ScratchLedger ledger, string connection, Random random, Told told, TextWriter output)
{
    private const int EveryCrash = 10, LongestPause = 400;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10), LongestSilence = TimeSpan.FromMinutes(1);

    private readonly string database = new NpgsqlConnectionStringBuilder(connection).Database!;

    public async Task Kill(int kills, CancellationToken over, CancellationToken stop)
    {
        while (told.Kills < kills && !over.IsCancellationRequested)
        {
            if (!await Answered(over, stop))
                return;
            await Task.Delay(random.Next(LongestPause), stop);
            try
            {
                await Once(busy: random.Next(2) == 0, crash: (told.Kills + 1) % EveryCrash == 0, stop);
            }
            catch (Exception e) when (Faults.IsLoss(e))
            {
                // Postgres recovers from the last crash.
                continue;
            }

            if (told.Kills % EveryCrash == 0)
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{told.Kills} of {kills} kills: {told}"));
        }
    }

    /// <summary>Waits for an append to be acknowledged.</summary>
    private async Task<bool> Answered(CancellationToken over, CancellationToken stop)
    {
        var (before, began) = (told.Appends, Stopwatch.GetTimestamp());
        while (told.Appends == before && !over.IsCancellationRequested)
        {
            if (Stopwatch.GetElapsedTime(began) > LongestSilence)
            {
                told.Violation($"nothing was acknowledged within {LongestSilence.TotalSeconds:0} s after kill {told.Kills}");
                return false;
            }

            await Task.Delay(Look, stop);
        }

        return true;
    }

    private async Task Once(bool busy, bool crash, CancellationToken stop)
    {
        // Beside the database, so that it does not count itself among them.
        await using var killer = new NpgsqlConnection(ledger.Connection ?? throw new IOException("no server"));
        await killer.OpenAsync(stop);
        for (int victim = 0; victim == 0;)
        {
            victim = await Victim(killer, busy, stop);
            if (victim > 0 && (crash ? Libc.Signal(victim, Libc.Kill) == 0 : await Terminate(killer, victim, stop)))
                told.Killed(crash);
        }
    }

    /// <summary>Process id; 0 when there is none just now.</summary>
    private async Task<int> Victim(NpgsqlConnection killer, bool busy, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("select pid from pg_stat_activity where datname = $1 and (state <> 'idle' or not $2) order by pid", killer)
        {
            Parameters = { new() { Value = database }, new() { Value = busy } },
        };
        await using var row = await command.ExecuteReaderAsync(stop);
        var pids = new List<int>();
        while (await row.ReadAsync(stop))
            pids.Add(row.GetInt32(0));
        return pids.Count == 0 ? 0 : pids[random.Next(pids.Count)];
    }

    private static async Task<bool> Terminate(NpgsqlConnection killer, int victim, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("select pg_terminate_backend($1)", killer) { Parameters = { new() { Value = victim } } };
        return (bool)(await command.ExecuteScalarAsync(stop))!;
    }
}
