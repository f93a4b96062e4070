using Ledger.Domain;
using MediatR;

namespace Ledger.Runner.Seals;

/// <summary>The keys of a ledger, and which of them are at hand.</summary>
public sealed record ShowKeys : IRequest<KeysShown>
{
    internal sealed class Handler(LedgerHome home) : IRequestHandler<ShowKeys, KeysShown>
    {
        public async Task<KeysShown> Handle(ShowKeys request, CancellationToken cancellationToken)
        {
            await using var opened = await home.Open(cancellationToken);
            return await KeysShown.Of(await KeyRing.Open(home, opened.Store, cancellationToken), cancellationToken);
        }
    }
}

/// <summary>Makes a key of this machine and introduces it, beside the ledger's others or in the place of this machine's.</summary>
/// <param name="Rotate">In the place of the one this machine signs with.</param>
public sealed record NewKey(bool Rotate) : IRequest<KeysShown>
{
    internal sealed class Handler(LedgerHome home) : IRequestHandler<NewKey, KeysShown>
    {
        public async Task<KeysShown> Handle(NewKey command, CancellationToken cancellationToken)
        {
            await using var opened = await home.Open(cancellationToken);
            var ring = await KeyRing.Open(home, opened.Store, cancellationToken);
            if (Environment.GetEnvironmentVariable(SealKeyFiles.Variable) is { Length: > 0 })
                throw new BadInput(new Problem($"a key in {SealKeyFiles.Variable}", "none there: a new key is kept in a file, and would not be used beside that one", "keys"));
            var mine = (await ring.Known(cancellationToken)).FirstOrDefault(key => !key.IsReplaced && ring.There().Contains(key.Key))?.Key.Id;
            await ring.Add(command.Rotate ? Replaceable(mine) : Absent(mine), cancellationToken);
            // Signed by both: the old key vouches for the new one, and is forgotten.
            using var sealing = await Sealing.Open(home, opened.Store, LedgerHome.SealTo, cancellationToken);
            await sealing.Seal(cancellationToken);
            return await KeysShown.Of(ring, cancellationToken);
        }

        private static string Replaceable(string? mine) => mine ?? throw new Refused(
            "no-key", "this machine has no key of the ledger that another could replace: 'ledger keys new' makes one beside the others");

        private static string? Absent(string? mine) => mine is null ? null : throw new Refused(
            "has-key", $"this machine signs with key {mine} already: 'ledger keys rotate' replaces it", ("key", mine));
    }
}

/// <param name="Origin">ULID of the ledger.</param>
/// <param name="Keys">In the order of their introduction.</param>
public sealed record KeysShown(string Origin, IReadOnlyList<KeyShown> Keys)
{
    internal static async Task<KeysShown> Of(KeyRing ring, CancellationToken stop)
    {
        var there = ring.There();
        return new KeysShown(
            ring.Origin, [.. (await ring.Known(stop)).Select(key => new KeyShown(key.Key.Id, $"{key.Key}", key.Replaces, key.IsReplaced, there.Contains(key.Key)))]);
    }
}

/// <summary>A key, without any secret.</summary>
/// <param name="Id">8 hexadecimal digits.</param>
/// <param name="Verifier">What <c>--key</c> takes, and what others should get by another way than from the ledger.</param>
/// <param name="IsHere">Whether this machine can sign with it.</param>
public sealed record KeyShown(string Id, string Verifier, string? Replaces, bool IsReplaced, bool IsHere);
