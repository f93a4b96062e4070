using System.Globalization;
using FluentValidation;
using Ledger.Domain;
using Ledger.Query.Evidence;
using Ledger.Query.Results;
using Ledger.Query.Runs;
using MediatR;
using Npgsql;

namespace Ledger.Query.Lineage;

/// <summary>Where bytes, a run's results or a number come from, and what rests on them.</summary>
/// <param name="What">The beginning of a run's id or of a digest (8 digits or more), or a cell as results/table/key/column.</param>
/// <param name="Up">What it comes from.</param>
/// <param name="Down">What rests on it.</param>
/// <param name="AsOf">A position or a time; null: now.</param>
public sealed record ShowLineage(string What, bool Up = true, bool Down = true, string? AsOf = null) : IRequest<LineageGraph>
{
    private const string Expected = "the beginning of a run's id or of a digest (8 digits or more), or a cell as results/table/key/column";

    internal sealed class Validator : AbstractValidator<ShowLineage>
    {
        public Validator()
        {
            RuleFor(query => query.What).Must(what => ProofTarget.Of(what) is ProofTarget.RunPrefix or ProofTarget.ArtifactPrefix or ProofTarget.RunOrArtifact or ProofTarget.Cell).WithMessage(Expected).OverridePropertyName("what");
            RuleFor(query => query.AsOf).Must(text => text is null || Results.AsOf.TryParse(text, out _)).WithMessage(Results.AsOf.Expected).OverridePropertyName("--as-of");
        }
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<ShowLineage, LineageGraph>
    {
        public async Task<LineageGraph> Handle(ShowLineage request, CancellationToken cancellationToken)
        {
            AsOf? asOf = null;
            if (request.AsOf is not null)
                _ = Results.AsOf.TryParse(request.AsOf, out asOf);
            await using var reading = await Reading.Open(source, asOf, cancellationToken);
            var (digests, steps) = await Start(reading, request.What, cancellationToken);
            return await new LineageSearch(reading).From(digests, steps, request.Up, request.Down, cancellationToken);
        }

        private static async Task<(IReadOnlyList<string> Digests, IReadOnlyList<(string Run, string Step)> Steps)> Start(Reading reading, string what, CancellationToken stop) => ProofTarget.Of(what) switch
        {
            ProofTarget.RunPrefix(var run) => ([], await OfRun(reading, await RunIds.Run(reading, run, stop), stop)),
            ProofTarget.ArtifactPrefix(var digest) => ([await Digest(reading, digest, stop) ?? throw Missing(digest)], []),
            ProofTarget.RunOrArtifact(var run, var artifact) => await Digest(reading, artifact.Digest, stop) is { } digest ? ([digest], []) : ([], await OfRun(reading, await RunIds.Run(reading, run, stop), stop)),
            ProofTarget.Cell cell => ([], [await OfCell(reading, cell, stop)]),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, Expected),
        };

        private static Task<IReadOnlyList<(string Run, string Step)>> OfRun(Reading reading, string run, CancellationToken stop) =>
            reading.Rows("select s.run, s.step from results.steps s where s.run = $1 order by s.ordinal", row => (row.GetString(0), row.GetString(1)), stop, run);

        private static async Task<string?> Digest(Reading reading, string prefix, CancellationToken stop)
        {
            var found = await reading.Rows(
                "select m.digest from results.artifacts m where starts_with(m.digest, $1) union select d.digest from results.datasets d where starts_with(d.digest, $1) limit 3", row => row.GetString(0), stop, prefix);
            return found.Count > 1 ? throw new BadInput(new Problem($"'{prefix}', which several digests begin with", $"more digits of one: {string.Join(", ", found)}", "what")) : found is [var one] ? one : null;
        }

        private static async Task<(string Run, string Step)> OfCell(Reading reading, ProofTarget.Cell cell, CancellationToken stop)
        {
            var (table, row) = await TableCell.Find(reading, cell, stop);
            string? step = Steps.FirstOrDefault(column => table.Columns.Any(known => known.Name == column));
            if (step is null || !table.Columns.Any(column => column.Name == "run"))
                throw new BadInput(new Problem($"a cell of {table.Name}", $"one of a table whose rows are of one step: {string.Join(", ", Definitions.All.Where(IsOfSteps).Select(known => known.Name))}", "what"));
            var conditions = table.Key.Select((column, at) => $"t.{column} = ${(at + 1).ToString(CultureInfo.InvariantCulture)}");
            var values = table.Key.Select(column => row.GetProperty(column) is { ValueKind: System.Text.Json.JsonValueKind.Number } number ? (object)number.GetInt64() : row.GetProperty(column).GetString()!);
            // A worst case is that of several steps; its bytes are those of the first.
            return (await reading.Rows(
                $"select t.run, split_part(t.{step}, ' + ', 1) from results.{table.Name} t where {string.Join(" and ", conditions)}", found => (found.GetString(0), found.GetString(1)), stop, [.. values]))[0];
        }

        private static bool IsOfSteps(TableDefinition table) => table.Columns.Any(column => column.Name == "run") && table.Columns.Any(column => Steps.Contains(column.Name, StringComparer.Ordinal));

        // The most particular one says which step a row is of.
        private static readonly string[] Steps = ["attack_step", "step", "model_step"];

        private static NotThere Missing(string digest) => new(new Problem($"no bytes '{digest}'", "the beginning of a digest of an artifact or of data", "what", Hint: "ledger show <run> has those of a run"));
    }
}
