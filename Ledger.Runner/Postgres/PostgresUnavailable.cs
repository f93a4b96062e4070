using Ledger.Domain;

namespace Ledger.Runner.Postgres;

/// <summary>
/// The embedded Postgres cannot be had as things stand: binaries missing, a folder that belongs to someone else, a server that
/// does not come up. The message says what was found, where, and what to do next; it is complete without a stack trace.
/// </summary>
public sealed class PostgresUnavailable(string message) : LedgerException("postgres-unavailable", 1, message);
