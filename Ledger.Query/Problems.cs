using System.Net.Sockets;
using Ledger.Domain;
using Npgsql;

namespace Ledger.Query;

/// <summary>
/// What a person sees of an exception and what the shell gets: the one table of exit codes. 0 ok, 1 a check or step failed or the
/// surroundings did, 2 bad input or usage, 3 refused by the ledger's history, 4 broken evidence. A stack trace only with
/// <c>LEDGER_TRACE=1</c>.
/// </summary>
public static class Problems
{
    /// <summary>Runs a verb; what it throws becomes a message on <paramref name="error"/> and an exit code.</summary>
    public static async Task<int> Guard(Func<Task<int>> verb, TextWriter error)
    {
        try
        {
            return await verb();
        }
        catch (Exception e) when (!Tracing)
        {
            return Report(e, error);
        }
    }

    /// <summary>Writes the message and gives the exit code.</summary>
    public static int Report(Exception exception, TextWriter error)
    {
        var (exitCode, message) = Of(exception);
        error.WriteLine(message);
        return exitCode;
    }

    internal static (int ExitCode, string Message) Of(Exception exception) => exception switch
    {
        BadInput bad => (bad.ExitCode, Listed(bad.Problems)),
        LedgerException known => (known.ExitCode, known.Message),
        OperationCanceledException => (1, "Stopped. Nothing acknowledged is lost; give the same command again to go on."),
        PostgresException { SqlState: PostgresErrorCodes.DependentObjectsStillExist } e =>
            (1, $"A results table has to be made anew, but something of yours depends on it: {e.Detail ?? e.MessageText}\nDrop that, run the command again, and make it anew."),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } e =>
            (1, $"Postgres says: {e.MessageText}. Use a role that may do this (--postgres), or have the ledger's owner grant it."),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            (1, "The disk of the database is full. Make room and give the command again; nothing acknowledged is lost."),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName } e =>
            (2, $"Postgres says: {e.MessageText}. Check LEDGER_POSTGRES or --postgres."),
        PostgresException e => (1, $"Postgres says: {e.MessageText} ({e.SqlState}). LEDGER_TRACE=1 shows where."),
        NpgsqlException { InnerException: SocketException or IOException or TimeoutException } e =>
            (1, $"Postgres cannot be reached: {e.InnerException!.Message}. Is it running? Check LEDGER_POSTGRES or --postgres."),
        NpgsqlException e => (1, $"The connection to Postgres failed: {e.Message}. Check LEDGER_POSTGRES or --postgres."),
        IOException { HResult: var code } when (code & 0xFFFF) is 28 or 112 => (1, "The disk is full. Make room and give the command again; nothing acknowledged is lost."),
        UnauthorizedAccessException e => (1, e.Message),
        IOException e => (1, e.Message),
        _ => (1, $"A fault of this program: {exception.GetType().Name}: {exception.Message}\nNothing acknowledged is lost. LEDGER_TRACE=1 shows where it happened; please report it."),
    };

    private static bool Tracing => Environment.GetEnvironmentVariable("LEDGER_TRACE") == "1";

    private static string Listed(IReadOnlyList<Problem> problems) =>
        string.Join('\n', problems) + (problems.Count > 1 ? $"\n{problems.Count} problems; nothing was done." : "");
}
