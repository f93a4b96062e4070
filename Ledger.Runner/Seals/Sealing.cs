using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Store;

namespace Ledger.Runner.Seals;

/// <summary>Seals a ledger, and puts each seal where others will find it. Safe to use from several runs at once.</summary>
public sealed class Sealing : IDisposable
{
    private readonly Sealer _sealer;
    private readonly KeyRing _ring;
    private readonly SealFolder _folder;
    private readonly IReadOnlyList<SigningKey> _keys;
    private readonly IReadOnlyList<SealTarget> _targets;
    private readonly SemaphoreSlim _one = new(1);
    private string? _published;

    private Sealing(LedgerStore store, KeyRing ring, string artifacts, IReadOnlyList<SigningKey> keys, IReadOnlyList<SealTarget> targets) =>
        (_sealer, _ring, _folder, _keys, _targets) = (new Sealer(store, ring.Origin, keys), ring, new SealFolder(artifacts), keys, targets);

    /// <summary>Finds this machine's keys; a ledger that has none gets its first.</summary>
    /// <param name="targets">Where each seal goes besides its file.</param>
    /// <exception cref="Domain.BadInput">The ledger has keys, and none of them is at hand.</exception>
    public static async Task<Sealing> Open(LedgerHome home, LedgerStore store, IReadOnlyList<SealTarget> targets, CancellationToken stop)
    {
        var ring = await KeyRing.Open(home, store, stop);
        return new Sealing(store, ring, home.ArtifactFolder, await ring.Signing(home.Say, stop), targets);
    }

    /// <summary>Seals everything committed so far, and publishes the seal before it returns.</summary>
    /// <exception cref="Domain.Artifacts.ArtifactStoreFull">There is no room for the seal's file.</exception>
    public async Task<Seal> Seal(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            var seal = await _sealer.CatchUp(stop);
            if (seal.Text != _published)
                await Publish(seal, stop);
            return seal;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        foreach (var key in _keys)
            key.Dispose();
        _one.Dispose();
    }

    private async Task Publish(Seal seal, CancellationToken stop)
    {
        _folder.Write(_ring.Origin, seal);
        foreach (var target in _targets)
            await target.Publish(seal, stop);
        _published = seal.Text;
        // They have vouched for the key that took their place.
        foreach (var replaced in _keys.Skip(1).Where(key => seal.Fault(key.Verifier) is null))
            _ring.Forget(replaced.Verifier);
    }
}
