using System.Diagnostics.Metrics;
using JasperFx;
using Marten.Exceptions;
using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>Postgres could not be reached, or went away and did not come back. Nothing acknowledged is lost. Exit code 1.</summary>
public sealed class Unavailable(string doing, Exception cause) : LedgerException(
    "postgres-unavailable",
    1,
    $"Postgres went away while {doing}: {Faults.Reason(cause)}\nWhat was acknowledged is safe. See that Postgres runs and its disk has room, then give the command again.",
    cause);

/// <summary>Which errors leave the outcome of a save open, and how long a lost server is waited for.</summary>
public static class Faults
{
    // Milliseconds; together about six seconds, the time a server needs to come back from a restart.
    private static readonly int[] Pauses = [50, 100, 200, 400, 800, 1600, 3200];

    /// <summary>Counts tries after the first, of all stores of this process.</summary>
    public static Counter<long> Retries { get; } = new Meter("Ledger.Store").CreateCounter<long>("ledger.store.retries");

    /// <summary>Tries again after a race or a loss; <paramref name="attempt"/> gets its number, from 0, and must be harmless to repeat.</summary>
    /// <param name="doing">For the message, after "while".</param>
    /// <exception cref="Unavailable">The server did not come back.</exception>
    public static async Task<T> Persist<T>(string doing, Func<int, Task<T>> attempt, CancellationToken stop)
    {
        for (int number = 0; ; number++)
        {
            try
            {
                return await attempt(number);
            }
            catch (Exception e) when (number < Pauses.Length && (IsRace(e) || IsLoss(e)))
            {
                Retries.Add(1);
                if (IsLoss(e))
                    await Task.Delay(Pauses[number], stop);
            }
            catch (Exception e) when (IsLoss(e))
            {
                throw new Unavailable(doing, e);
            }
        }
    }

    /// <summary>What the driver or the server said, rather than what stumbled over it: a disposed transaction only gives its own name.</summary>
    internal static string Reason(Exception e) => (Chain(e).OfType<NpgsqlException>().LastOrDefault() ?? e.GetBaseException()).Message;

    /// <summary>Someone else committed first, or holds the stream.</summary>
    private static bool IsRace(Exception e) =>
        e is ConcurrencyException or ExistingStreamIdCollisionException or StreamLockedException
        || Postgres(e)?.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.DeadlockDetected;

    /// <summary>The connection, the server or its disk went away; a commit may have happened all the same.</summary>
    public static bool IsLoss(Exception e) =>
        e is not OperationCanceledException
        && (Postgres(e) is { } error
            ? error.SqlState[..2] is "08" or "53" or "57" or "58"
            : Chain(e).Any(x => x is NpgsqlException or IOException));

    private static PostgresException? Postgres(Exception e) => Chain(e).OfType<PostgresException>().FirstOrDefault();

    private static IEnumerable<Exception> Chain(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            yield return e;
    }
}
