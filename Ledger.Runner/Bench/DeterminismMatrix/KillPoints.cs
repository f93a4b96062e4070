using Npgsql;

namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>
/// Kills a ledger at an event: its database takes so many events it has not had before and then no more, so that everything ends where it is,
/// with executors in the middle of a step and perhaps ahead of the ledger, and nothing after that event is recorded.
/// </summary>
internal sealed class KillPoints(MatrixLedger ledger)
{
    private const string Said = "killed by the bench";

    /// <summary>A step that is begun again, and its epochs up to where it was before, are nothing new.</summary>
    private const string News =
        "select count(distinct (stream_id, type, data->>'step', data->>'epoch', data->>'name')) from ledger.mt_events where type <> 'run.resumed.v1'";

    /// <summary>Carries out what was planned, killing it after every so many new events.</summary>
    /// <param name="every">From 1, which is after every event there is.</param>
    public async Task CarryOut(long every, CancellationToken stop)
    {
        while (true)
        {
            var before = await Count(stop);
            await Allow(before + every, stop);
            try
            {
                await ledger.Resume(stop);
                return;
            }
            catch (Exception killed) when (IsKill(killed))
            {
                if (await Count(stop) == before)
                    throw new InvalidOperationException($"killed at {before} events, and again without a new one: what is resumed does not get on", killed);
            }
        }
    }

    private async Task<long> Count(CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(ledger.Connection);
        await using var command = source.CreateCommand(News);
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }

    /// <summary>Events of one decision are one transaction and come together, so those of the own one do not count.</summary>
    private async Task Allow(long most, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(ledger.Connection);
        await using var command = source.CreateCommand(
            $"""
            create or replace function public.kill_after_news() returns trigger language plpgsql as $body$
            begin
                if ({News} and xmin <> pg_current_xact_id()::xid) >= {most} then
                    raise exception '{Said}';
                end if;
                return new;
            end $body$;
            create or replace trigger kill_after_news before insert on ledger.mt_events for each row execute function public.kill_after_news();
            """);
        await command.ExecuteNonQueryAsync(stop);
    }

    private static bool IsKill(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is PostgresException { MessageText: Said })
                return true;
        }

        return false;
    }
}
