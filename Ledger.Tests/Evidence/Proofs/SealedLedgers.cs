using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Origin;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Tests.Query;
using Ledger.Tests.Support;
using Xunit;

namespace Ledger.Tests.Evidence.Proofs;

/// <summary>The sample ledger and the small study, sealed.</summary>
public sealed class SealedLedgers(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly SampleLedger _sample = new(postgres);
    private readonly StudyLedger _study = new(postgres);

    public LedgerPlace Sample => _sample.Place;

    public LedgerPlace Study => _study.Place;

    public VerifierKey SampleKey { get; private set; } = null!;

    public VerifierKey StudyKey { get; private set; } = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _sample.InitializeAsync();
        await _study.InitializeAsync();
        SampleKey = await Seal(Sample);
        StudyKey = await Seal(Study);
    }

    public async ValueTask DisposeAsync()
    {
        await _sample.DisposeAsync();
        await _study.DisposeAsync();
    }

    private static async Task<VerifierKey> Seal(LedgerPlace place)
    {
        await using var store = LedgerStore.Open(place.ConnectionString, TimeProvider.System);
        string origin = (await Migrate.State(store.Source, Stop)).Origin!;
        using var key = SigningKey.Generate($"ledger/{origin}");
        await store.AppendShared(
            $"ledger/{origin}", "key", [new KeyIntroduced(key.Verifier.Id, Convert.ToBase64String(key.Verifier.PublicKey.Span), null)], LedgerDatabase.Someone, Stop);
        await new Sealer(store, origin, key).CatchUp(Stop);
        return key.Verifier;
    }
}
