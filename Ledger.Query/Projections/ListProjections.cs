using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Projections;

/// <summary>The results tables and views: what they are made from and how far they are.</summary>
public sealed record ListProjections : IRequest<ProjectionList>
{
    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ListProjections, ProjectionList>
    {
        public async Task<ProjectionList> Handle(ListProjections request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken, fold: false);
            bool made = await reading.Connection.Scalar<object>("select to_regclass('results.progress')::text", cancellationToken) is not null;
            var progress = made ? await TableProgress.Read(reading.Connection, cancellationToken) : new Dictionary<string, TableProgress>();
            var sizes = (await reading.Connection.Rows(
                "select c.relname, greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'results' and c.relkind = 'r'",
                row => (Table: row.GetString(0), Rows: row.GetInt64(1), Bytes: row.GetInt64(2)), cancellationToken)).ToDictionary(size => size.Table, StringComparer.Ordinal);
            return new ProjectionList(reading.Position, [.. Definitions.All.Select(table => Of(table, progress.GetValueOrDefault(table.Name), sizes.TryGetValue(table.Name, out var size) ? size : null, reading.Position))]);
        }

        private static Projection Of(TableDefinition table, TableProgress? at, (string Table, long Rows, long Bytes)? size, long head) => new(
            table.Name, table.Kind, table.Key, table.Digest, at?.Position, at is not null && at.Definition == table.Digest && at.Position == head,
            table.Kind == TableKind.View ? null : size?.Rows, table.Kind == TableKind.View ? null : size?.Bytes, table.About);
    }
}

/// <param name="Position">The ledger's head.</param>
public sealed record ProjectionList(long Position, IReadOnlyList<Projection> Projections);

/// <param name="Definition">SHA-256 of the definition in force.</param>
/// <param name="Position">Events up to here are in it; null: not made yet.</param>
/// <param name="IsCurrent">Made from this definition, up to the head.</param>
/// <param name="Rows">About so many; null of a view.</param>
public sealed record Projection(
    string Name, TableKind Kind, IReadOnlyList<string> Key, string Definition, long? Position, bool IsCurrent, long? Rows, long? Bytes, string About);
