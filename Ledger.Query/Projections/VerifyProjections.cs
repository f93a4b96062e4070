using System.Text.Json;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Projections;

/// <summary>Holds every results table, row by row and cell by cell, against its definition evaluated from the events. Changes nothing.</summary>
public sealed record VerifyProjections : IRequest<VerifiedProjections>
{
    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<VerifyProjections, VerifiedProjections>
    {
        public async Task<VerifiedProjections> Handle(VerifyProjections request, CancellationToken cancellationToken)
        {
            // Tables as they stand, without bringing them up to the head first: what is wrong with them must not be mended by looking.
            await using var reading = await Reading.Open(source, null, cancellationToken, fold: false);
            if (await reading.Connection.Scalar<object>("select to_regclass('results.progress')::text", cancellationToken) is null)
                return new VerifiedProjections(0, []);
            var findings = await TableFindings.Of(reading.Connection, cancellationToken);
            int tables = (await TableProgress.Read(reading.Connection, cancellationToken)).Values.Count(table => table.Kind != TableKind.View);
            return new VerifiedProjections(tables, [.. findings.SelectMany(Cells)]);
        }

        private static IEnumerable<WrongCell> Cells(TableFinding finding) => finding switch
        {
            { Found: null } => [new WrongCell(finding.Table, finding.Key, null, "a row", null)],
            { Expected: null } => [new WrongCell(finding.Table, finding.Key, null, null, "a row")],
            _ => finding.Differences().Select(cell => new WrongCell(finding.Table, finding.Key, cell.Path, Text(cell.Mine), Text(cell.Theirs))),
        };

        private static string? Text(string? json) => json is null ? null : JsonElement.Parse(json).ToString();
    }
}

/// <param name="Tables">Held against their definitions.</param>
public sealed record VerifiedProjections(int Tables, IReadOnlyList<WrongCell> Findings);

/// <param name="Key">Of the row: its key's values, separated by spaces.</param>
/// <param name="Column">Null: the whole row.</param>
/// <param name="Expected">What the definition gives; null: no row, or no value.</param>
/// <param name="Found">What the table has.</param>
public sealed record WrongCell(string Table, string Key, string? Column, string? Expected, string? Found);
