using Ledger.Domain.Store;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>The ledger's own seals, the latest first. What they say is to be believed after <see cref="VerifyLedger"/>, or by whoever kept one.</summary>
public sealed record ListSeals : IRequest<SealList>
{
    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ListSeals, SealList>
    {
        public async Task<SealList> Handle(ListSeals request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken, fold: false);
            string origin = await reading.Connection.Scalar<string>("select origin from ledger_log.origin", cancellationToken);
            var seals = await StoredSeals.All(reading.Connection, origin, cancellationToken);
            return new SealList(reading.Position, origin, [.. seals.Reverse().Select(seal => new KeptSeal(seal.Size, seal.KeyId, seal.Root.ToString(), seal.Note, new DateTimeOffset(seal.SealedAt, TimeSpan.Zero)))]);
        }
    }
}

/// <param name="Position">The ledger's head.</param>
public sealed record SealList(long Position, string Origin, IReadOnlyList<KeptSeal> Seals);

/// <param name="Size">Events sealed.</param>
/// <param name="Note">The seal itself, a signed note.</param>
/// <param name="SealedAt">The server's clock; not signed.</param>
public sealed record KeptSeal(long Size, string Key, string Root, string Note, DateTimeOffset SealedAt);
