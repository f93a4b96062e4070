using System.Globalization;
using Ledger.Domain;
using Npgsql;

namespace Ledger.Query.Results;

/// <summary>A moment of the ledger's past: a position, or a time by the server's clock (<c>recorded_at</c>).</summary>
public sealed class AsOf
{
    /// <summary>What a person has to write.</summary>
    public const string Expected = "a position such as 120 or a time such as 2026-11-23T12:00:00Z";

    private readonly long? _position;
    private readonly DateTimeOffset _time;

    private AsOf(long position) => _position = position;

    private AsOf(DateTimeOffset time) => _time = time;

    /// <param name="text">A position from 0, or an ISO 8601 time; without an offset it is UTC.</param>
    public static bool TryParse(string text, out AsOf? asOf)
    {
        asOf = null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long position))
            asOf = new AsOf(position);
        else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            asOf = new AsOf(time);
        return asOf is not null;
    }

    /// <exception cref="BadInput">The position is beyond the ledger's head.</exception>
    /// <param name="option">Where it was given, for the message.</param>
    internal async Task<long> Position(NpgsqlConnection connection, long head, CancellationToken stop, string option = "--as-of")
    {
        if (_position is not { } position)
            return await connection.Scalar<long>("select coalesce(max(position), 0) from ledger_log.log where recorded_at <= $1", stop, _time.ToUniversalTime());
        return position <= head
            ? position
            : throw new BadInput(new Problem($"position {position}", $"0 to {head}, the ledger's head", option));
    }
}
