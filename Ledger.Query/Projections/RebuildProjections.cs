using System.Diagnostics;
using Ledger.Domain;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Projections;

/// <summary>Computes every results table anew from the first event, beside the old ones, which then all give way at once.</summary>
public sealed record RebuildProjections : IRequest<Rebuilt>
{
    /// <summary>Told of each table that is computed.</summary>
    internal Action<string> Progress { get; init; } = _ => { };

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<RebuildProjections, Rebuilt>
    {
        public async Task<Rebuilt> Handle(RebuildProjections request, CancellationToken cancellationToken)
        {
            await using (var reading = await Reading.Open(source, null, cancellationToken))
            {
                if (!reading.FromTables)
                    throw new Refused("may-not-fold", "This role may not make results tables, and reads their definitions instead: there is nothing to rebuild. Use the ledger's owner.");
            }

            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            var time = Stopwatch.StartNew();
            long position = await ResultTables.Rebuild(connection, cancellationToken, table => request.Progress($"{table}  {time.Elapsed.TotalSeconds:0.0} s"));
            return new Rebuilt(position, Definitions.All.Count(table => table.Kind != TableKind.View), time.Elapsed.TotalSeconds);
        }
    }
}

/// <param name="Position">Events folded.</param>
public sealed record Rebuilt(long Position, int Tables, double Seconds);
