using FluentValidation;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Evidence.Seals;
using MediatR;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>Recomputes everything the ledger says from its rows and bytes. Writes nothing.</summary>
/// <param name="Since">Path of a seal that somebody kept: what it covers is held against it, and events before it are not read again.</param>
/// <param name="Keys">Verifier keys to trust, or paths of files with them; none: the ledger's first key is taken on trust.</param>
/// <param name="Sample">About so many events and artifacts, chosen at random, instead of all; the tree is still computed whole.</param>
/// <param name="Seed">Of that choice.</param>
public sealed record VerifyLedger(string? Since = null, IReadOnlyList<string>? Keys = null, int? Sample = null, int Seed = 0) : IRequest<Verification>
{
    /// <summary>Told how far it came.</summary>
    internal VerifyProgress? Progress { get; init; }

    internal sealed class Validator : AbstractValidator<VerifyLedger>
    {
        public Validator()
        {
            RuleFor(query => query.Since).Must(File.Exists).When(query => query.Since is not null).WithMessage("the file of a seal").OverridePropertyName("--since");
            RuleFor(query => query.Sample).GreaterThan(0).WithMessage("a number of events, 1 or more").OverridePropertyName("--sample");
        }
    }

    public sealed class Handler(NpgsqlDataSource source, LedgerPlace place) : IRequestHandler<VerifyLedger, Verification>
    {
        public async Task<Verification> Handle(VerifyLedger request, CancellationToken cancellationToken)
        {
            var witness = request.Since is { } path ? new HeldSeal(path, await File.ReadAllTextAsync(path, cancellationToken), IsStored: false) : null;
            long since = witness is null ? 0 : Seal.Parse(witness.Text).Head.Size;
            var trusted = TrustedKeys.Read(request.Keys ?? []);
            return await new LedgerAudit(source, place, request.Progress ?? new VerifyProgress(_ => { }, TimeProvider.System))
                .Run(new AuditScope(since, request.Sample, request.Seed), witness, trusted, cancellationToken);
        }
    }
}

/// <summary>What was looked at, and what was found.</summary>
/// <param name="Origin">The ledger's own ULID.</param>
/// <param name="Position">Its head.</param>
/// <param name="Sealed">Size of its latest seal; 0 when there is none.</param>
/// <param name="Whole">Everything was read, not a sample and not only what came after a seal.</param>
/// <param name="Events">Events read and hashed, of imported logs too.</param>
/// <param name="Seals">Seals checked, in the database and in files.</param>
/// <param name="Artifacts">Artifacts read and hashed.</param>
/// <param name="Released">Artifacts whose bytes were freed on purpose.</param>
/// <param name="Tables">Results tables held against their definitions.</param>
/// <param name="Findings">By severity, the worst first, then by position.</param>
public sealed record Verification(
    string Origin, long Position, long Sealed, bool Whole, long Events, int Seals, int Artifacts, long ArtifactBytes, int Released, int Tables, double Seconds, IReadOnlyList<Finding> Findings)
{
    public bool IsSound => Findings.All(finding => finding.Severity != Domain.Evidence.Audit.Severity.Broken);
}

/// <summary>Which part of a ledger is read.</summary>
/// <param name="Since">Events after this position; 0: all.</param>
internal sealed record AuditScope(long Since, int? Sample, int Seed)
{
    public bool IsWhole => Since == 0 && Sample is null;

    /// <summary>Whether the chunk that begins at a position is read: of a sample about as many as hold so many events, spread at random.</summary>
    public Func<long, bool> Chunks(long head)
    {
        if (Sample is not { } sample)
            return position => position + TreeAudit.Chunk > Since;
        int chunks = (int)((head - Since + TreeAudit.Chunk - 1) / TreeAudit.Chunk), wanted = Math.Min(chunks, (sample + TreeAudit.Chunk - 1) / TreeAudit.Chunk);
        var chosen = Drawn(chunks).Take(wanted).Select(chunk => (Since / TreeAudit.Chunk) + chunk).ToHashSet();
        return position => chosen.Contains((position - 1) / TreeAudit.Chunk);
    }

    public IReadOnlyList<T> Of<T>(IReadOnlyList<T> all) => Sample is { } sample && sample < all.Count ? [.. Drawn(all.Count).Take(sample).Order().Select(i => all[(int)i])] : all;

    private long[] Drawn(int count)
    {
        var numbers = Enumerable.Range(0, count).Select(i => (long)i).ToArray();
        new Random(Seed).Shuffle(numbers);
        return numbers;
    }
}
