using Ledger.Domain;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Origin;
using Ledger.Domain.Store;

namespace Ledger.Runner.Seals;

/// <summary>The keys a ledger knows against those this machine has: which of them sign, and how new ones come in.</summary>
/// <param name="origin">ULID of the ledger.</param>
public sealed class KeyRing(LedgerStore store, string origin, SealKeyFiles files)
{
    public string Origin => origin;

    private string Stream => $"ledger/{origin}";

    public static async Task<KeyRing> Open(LedgerHome home, LedgerStore store, CancellationToken stop)
    {
        string origin = (await Migrate.State(store.Source, stop)).Origin!;
        return new KeyRing(store, origin, new SealKeyFiles(home.Folder, origin));
    }

    /// <summary>Keys of the ledger, in the order of their introduction.</summary>
    public async Task<IReadOnlyList<IntroducedKey>> Known(CancellationToken stop) => SealKeys.Of(
        origin, (await store.Read(Stream, stop: stop)).Where(recorded => recorded.Data is KeyIntroduced).Select(recorded => (recorded.Version, (KeyIntroduced)recorded.Data)));

    /// <summary>Public halves of the keys that this machine has.</summary>
    public IReadOnlyList<VerifierKey> There()
    {
        var keys = files.Read();
        foreach (var key in keys)
            key.Dispose();
        return [.. keys.Select(key => key.Verifier)];
    }

    /// <summary>
    /// What signs here: a key in use, and with it those it replaced that are still at hand, since a new key is vouched for by the old one's signature.
    /// A ledger without any key gets its first.
    /// </summary>
    /// <param name="say">For the first key.</param>
    /// <exception cref="BadInput">The ledger has keys, and none of them is at hand.</exception>
    public async Task<IReadOnlyList<SigningKey>> Signing(Action<string> say, CancellationToken stop)
    {
        var known = await Known(stop);
        var there = files.Read();
        if (known.Count == 0)
            return [await First(there, say, stop)];
        var signing = known.Where(key => !key.IsReplaced).Concat(known.Where(key => key.IsReplaced).Reverse())
            .Select(key => there.FirstOrDefault(own => own.Verifier.Equals(key.Key))).OfType<SigningKey>().ToList();
        return signing.Count > 0 && known.Any(key => !key.IsReplaced && key.Key.Equals(signing[0].Verifier)) ? signing : throw Missing(known);
    }

    /// <summary>A new key of this machine, introduced in the ledger's own stream.</summary>
    /// <param name="replaces">Id of a key in use that will sign no more; null: beside the others.</param>
    public async Task<SigningKey> Add(string? replaces, CancellationToken stop)
    {
        var key = SigningKey.Generate(Stream);
        var events = SealKeys.Introduce(await Known(stop), key.Verifier, replaces);
        files.Write(key);
        await Introduce(key, events, stop);
        return key;
    }

    /// <summary>Removes a key of this machine that will sign no more.</summary>
    public void Forget(VerifierKey key) => files.Forget(key);

    private async Task<SigningKey> First(IReadOnlyList<SigningKey> there, Action<string> say, CancellationToken stop)
    {
        if (there.Count == 0)
        {
            var made = await Add(null, stop);
            say($"made the key that seals this ledger, {made.Verifier.Id}: {files.PathOf(made.Verifier)} (keep a copy; 'ledger keys show' gives the public half)");
            return made;
        }

        await Introduce(there[0], SealKeys.Introduce([], there[0].Verifier, null), stop);
        return there[0];
    }

    private Task<AppendedBatch> Introduce(SigningKey key, IReadOnlyList<OriginEvent> events, CancellationToken stop) =>
        store.AppendShared(Stream, $"key/{key.Verifier.Id}", [.. events], LedgerHome.ActorOf(origin, "keys"), stop);

    private BadInput Missing(IReadOnlyList<IntroducedKey> known) => new(new Problem(
        "none of the ledger's keys on this machine",
        $"one of {string.Join(", ", known.Where(key => !key.IsReplaced).Select(key => key.Key.Id))}, in {SealKeyFiles.Variable} or {Path.GetDirectoryName(files.PathOf(known[0].Key))}",
        "keys",
        Hint: "'ledger keys new' introduces a key of this machine beside them"));
}
