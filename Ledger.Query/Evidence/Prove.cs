using FluentValidation;
using Ledger.Domain;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>A proof of an event, a run, an artifact or a cell of a results table, which can be checked without the ledger.</summary>
/// <param name="What">See <see cref="ProofTarget"/>.</param>
public sealed record Prove(string What) : IRequest<Proof>
{
    internal sealed class Validator : AbstractValidator<Prove>
    {
        public Validator() =>
            RuleFor(query => query.What).Must(what => ProofTarget.Of(what) is not null).WithMessage(ProofTarget.Expected).OverridePropertyName("what");
    }

    internal sealed class Handler(NpgsqlDataSource source) : IRequestHandler<Prove, Proof>
    {
        public async Task<Proof> Handle(Prove request, CancellationToken cancellationToken)
        {
            var (claim, positions) = await Claims.Of(source, ProofTarget.Of(request.What)!, cancellationToken);
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return await Of(connection, claim, positions, cancellationToken);
        }
    }

    /// <summary>The proof of a claim by the events at these positions, under the smallest seal that covers them.</summary>
    /// <param name="positions">In rising order, each once.</param>
    /// <exception cref="Refused"><c>not-sealed</c>.</exception>
    /// <exception cref="NotProven">The ledger is broken.</exception>
    public static async Task<Proof> Of(NpgsqlConnection connection, Claim claim, IReadOnlyList<long> positions, CancellationToken stop)
    {
        string origin = await connection.Scalar<string>("select origin from ledger_log.origin", stop);
        var stored = await StoredSeals.Covering(connection, origin, positions[^1], stop) ?? throw new Refused(
            "not-sealed", $"position {positions[^1]} is not sealed yet. Seal first: ledger seal", ("position", $"{positions[^1]}"));
        var seal = Seal.Parse(stored.Note);
        var keys = (await LedgerKeys.Of(connection, origin, stop)).Where(key => seal.Signatures.Any(signature => (signature.Name, signature.KeyId) == (key.Name, key.Id))).ToList();
        var inOrder = seal.Signatures.Select(signature => keys.Find(key => key.Id == signature.KeyId)).OfType<VerifierKey>();
        var entries = await ProvenEntries.Read(connection, stored, positions, stop);
        var proof = new Proof(Proof.CurrentFormat, claim, seal.Head.Origin, seal.Text, [.. inOrder.Select(key => $"{key}")], entries);
        return ProofCheck.Of(proof, keys) is { Holds: false } report ? throw new NotProven(report.Faults) : proof;
    }
}

/// <summary>What the ledger holds does not prove what it says.</summary>
public sealed class NotProven(IReadOnlyList<Problem> faults) : CorruptEvidence(
    "not-proven",
    $"The ledger does not prove this: {string.Join("; ", faults.Take(3))}. No proof was written; 'ledger verify' says what else is broken.");
