using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Origin;

namespace Ledger.Domain.Bundles;

/// <summary>A log of a bundle whose seals hold.</summary>
/// <param name="Leaves">Hashes of all its leaves up to its last seal.</param>
/// <param name="Seals">By size.</param>
public sealed record CheckedLog(string Origin, ContentHash[] Leaves, IReadOnlyList<Seal> Seals);

/// <summary>A bundle of which everything was held against everything else.</summary>
/// <param name="Digest">Stands for the whole bundle.</param>
/// <param name="Keys">Keys that signed its seals, as its own events introduced them.</param>
public sealed record CheckedBundle(string Path, BundleManifest Manifest, IReadOnlyList<CheckedLog> Logs, ContentHash Digest, IReadOnlyList<VerifierKey> Keys);

/// <summary>
/// Holds a bundle against itself before anything of it is used: every part has its digest, every artifact its name, every event its leaf, every
/// log the root that was sealed, every seal the signature of a key that its ledger introduced, every stream its versions without holes.
/// </summary>
public sealed class CheckBundle
{
    private readonly string _path;
    private readonly BundleReader _reader;
    private readonly Dictionary<string, ContentHash[]> _leaves = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Seal>> _seals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(long Version, KeyIntroduced Event)>> _keys = new(StringComparer.Ordinal);
    private readonly LeafHasher _hasher = new();
    private BundleManifest? _manifest;
    private long _events, _artifacts;

    private CheckBundle(string path) => (_path, _reader) = (path, new BundleReader(path));

    /// <exception cref="BrokenBundle"/>
    public static async Task<CheckedBundle> Of(string path, CancellationToken stop)
    {
        var check = new CheckBundle(path);
        await check._reader.Read((name, length, content) => check.Part(name, length, content, stop), stop);
        return check.Whole();
    }

    private async Task Part(string name, long length, Stream content, CancellationToken stop)
    {
        if (_manifest is null)
        {
            _manifest = name == BundleNames.Manifest ? _reader.Manifest(await _reader.Whole(name, length, content, stop)) : throw _reader.Broken(name, "it first", BundleNames.Manifest);
            return;
        }

        if (name == BundleNames.Events)
        {
            await foreach (var (number, line) in _reader.Lines(name, content, stop))
                Event(number, line);
            return;
        }

        var parts = BundleNames.Others().Match(name).Groups;
        string origin = parts["origin"].Value;
        if (origin.Length > 0 && Log(origin) is null)
            throw _reader.Broken(name, "a log that is not listed", "those listed");
        if (parts["leaves"].Success)
            _leaves[origin] = await Leaves(name, length, content, Log(origin)!.Size, stop);
        else if (parts["seal"].Success)
            Seal(name, origin, await _reader.Whole(name, length, content, stop));
        else
            await Artifact(name, parts["digest"].Value, content, stop);
    }

    private BundledLog? Log(string origin) => _manifest!.Logs.FirstOrDefault(log => log.Origin == origin);

    private async Task<ContentHash[]> Leaves(string name, long length, Stream content, long size, CancellationToken stop)
    {
        if (length != 32 * size)
            throw _reader.Broken(name, $"{length} bytes", $"{size} hashes of 32 bytes");
        byte[] bytes = await _reader.Whole(name, length, content, stop, largest: int.MaxValue / 2);
        var leaves = new ContentHash[size];
        for (int i = 0; i < leaves.Length; i++)
            leaves[i] = ContentHash.FromDigest(bytes.AsSpan(32 * i, 32));
        return leaves;
    }

    private void Seal(string name, string origin, byte[] bytes)
    {
        if (!Evidence.Seals.Seal.TryParse(System.Text.Encoding.UTF8.GetString(bytes), out var seal, out var problem))
            throw _reader.Broken(name, problem.Found, problem.Expected);
        if (seal.Head.Origin != $"ledger/{origin}" || name != BundleNames.Seal(origin, seal.Head.Size, seal.Signatures[0].KeyId))
            throw _reader.Broken(name, $"the seal {seal.Head.Size} of {seal.Head.Origin} by {seal.Signatures[0].KeyId}", "the seal of its name");
        if (!_seals.TryGetValue(origin, out var seals))
            _seals[origin] = seals = [];
        seals.Add(seal);
    }

    private async Task Artifact(string name, string digest, Stream content, CancellationToken stop)
    {
        _artifacts++;
        var found = ContentHash.FromDigest(await System.Security.Cryptography.SHA256.HashDataAsync(content, stop));
        if (found.ToString() != digest)
            throw _reader.Broken(name, $"bytes with the digest {found}", "those of its name");
    }

    private void Event(int number, byte[] line)
    {
        string where = $"{BundleNames.Events} line {number}";
        BundledEvent bundled;
        try
        {
            bundled = BundleLines.Read(line);
        }
        catch (BadInput bad)
        {
            throw _reader.Broken(where, bad.Problems[0].Found, bad.Problems[0].Expected);
        }

        foreach (var place in bundled.Places)
        {
            if (!_leaves.TryGetValue(place.Origin, out var leaves) || place.Position < 1 || place.Position > leaves.Length)
                throw _reader.Broken(where, $"position {place.Position} of ledger {place.Origin}", "a position of a log that is here");
            if (_hasher.Leaf(bundled.At(place)) is var leaf && leaf != leaves[place.Position - 1])
                throw _reader.Broken(where, $"leaf {leaf}", $"{leaves[place.Position - 1]}, the leaf at position {place.Position} of ledger {place.Origin}");
        }

        Follow(where, bundled.Entry);
        _events++;
    }

    private void Follow(string where, Entry entry)
    {
        _versions.TryGetValue(entry.Stream, out long before);
        if (entry.Version != before + 1)
            throw _reader.Broken(where, $"version {entry.Version} of {entry.Stream}", $"version {before + 1}");
        _versions[entry.Stream] = entry.Version;
        if (entry.Type != "ledger.key_introduced.v1" || entry.Stream.Split('/') is not ["ledger", var origin])
            return;
        if (!_keys.TryGetValue(origin, out var keys))
            _keys[origin] = keys = [];
        keys.Add((entry.Version, Key(where, origin, entry)));
    }

    private KeyIntroduced Key(string where, string origin, Entry entry)
    {
        try
        {
            var introduced = System.Text.Json.JsonSerializer.Deserialize<KeyIntroduced>(entry.Data.Span, LedgerJson.Strict) ?? throw new System.Text.Json.JsonException("null");
            SealKeys.Of(origin, [(entry.Version, introduced)]);
            return introduced;
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or FormatException or BadInput)
        {
            throw _reader.Broken(where, e.Message, "an Ed25519 key of the ledger");
        }
    }

    private CheckedBundle Whole()
    {
        if (_manifest is not { } manifest)
            throw _reader.Broken("the archive", "no part", BundleNames.Manifest);
        if ((_events, _artifacts) != (manifest.Events, manifest.Artifacts))
            throw _reader.Broken("the whole", $"{_events} events and {_artifacts} artifacts", $"{manifest.Events} and {manifest.Artifacts}");
        var logs = manifest.Logs.Select(Sealed).ToList();
        return new CheckedBundle(_path, manifest, logs, _reader.Digest, [.. _keys.SelectMany(keys => SealKeys.Of(keys.Key, keys.Value)).Select(key => key.Key)]);
    }

    private CheckedLog Sealed(BundledLog log)
    {
        var leaves = _leaves.GetValueOrDefault(log.Origin) ?? throw _reader.Broken($"log {log.Origin}", "no leaves", "its leaves");
        var seals = (_seals.GetValueOrDefault(log.Origin) ?? []).OrderBy(seal => seal.Head.Size).ToList();
        if (seals.Count == 0 || seals[^1].Head.Size != leaves.Length)
            throw _reader.Broken($"log {log.Origin}", $"a last seal of size {(seals.Count == 0 ? 0 : seals[^1].Head.Size)}", $"one of size {leaves.Length}");
        var keys = SealKeys.Of(log.Origin, _keys.GetValueOrDefault(log.Origin) ?? []).Select(key => key.Key).ToList();
        var tree = new MerkleFrontier();
        foreach (var seal in seals)
        {
            while (tree.Size < seal.Head.Size)
                tree.Append(leaves[tree.Size]);

            if (tree.Root() != seal.Head.Root)
                throw _reader.Broken($"seal {seal.Head.Size} of ledger {log.Origin}", $"root {seal.Head.Root}", $"{tree.Root()}, the root over its leaves");
            if (seal.SignedBy(keys) is null)
                throw _reader.Broken($"seal {seal.Head.Size} of ledger {log.Origin}", "no signature that verifies", "one by a key that the ledger introduced");
        }

        return new CheckedLog(log.Origin, leaves, seals);
    }
}
