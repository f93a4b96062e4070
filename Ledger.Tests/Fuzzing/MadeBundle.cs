using System.Text;
using Ledger.Domain;
using Ledger.Domain.Bundles;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Origin;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;

namespace Ledger.Tests.Fuzzing;

/// <summary>A bundle of a small ledger in memory, sealed with a key of its own. What is altered in its events can be sealed again, as a forger would.</summary>
internal sealed class MadeBundle : IDisposable
{
    public const string Origin = "01JD8Z5QK3V7W9X1Y2Z3A4B5C6";

    private static readonly byte[] Kept = Encoding.ASCII.GetBytes("weights");

    private readonly SigningKey _key = SigningKey.Generate($"ledger/{Origin}");

    public MadeBundle() => Lines = Encoding.UTF8.GetString([.. Told().SelectMany(BundleLines.Write)]).TrimEnd('\n').Split('\n');

    public IReadOnlyList<string> Lines { get; }

    public void Dispose() => _key.Dispose();

    /// <summary>Everything in order, sealed over these lines of events; without the digests, which <see cref="File"/> adds.</summary>
    public List<TarPart> Parts(IReadOnlyList<byte[]> lines)
    {
        var leaves = lines.Select(line => MerkleHash.Leaf(line)).ToArray();
        int events = 0;
        foreach (byte[] line in lines)
        {
            try
            {
                var bundled = BundleLines.Read(line);
                foreach (var place in bundled.Places.Where(place => place.Position >= 1 && place.Position <= leaves.Length))
                    leaves[place.Position - 1] = MerkleHash.Leaf(bundled.At(place).Envelope());
                events++;
            }
            catch (LedgerException)
            {
                // The line is what the reader must refuse.
            }
        }

        var tree = new MerkleFrontier();
        foreach (var leaf in leaves)
            tree.Append(leaf);
        var seal = Seal.Sign(new TreeHead($"ledger/{Origin}", leaves.Length, tree.Root()), _key);
        return
        [
            new(BundleNames.Manifest, CanonicalJson.Bytes(new BundleManifest(BundleManifest.Version, Origin, [new BundledLog(Origin, leaves.Length)], events, 1, IsWhole: true))),
            new(BundleNames.Leaves(Origin), [.. leaves.SelectMany(leaf => leaf.ToBytes())]),
            new(BundleNames.Seal(Origin, leaves.Length, seal.Signatures[0].KeyId), Encoding.UTF8.GetBytes(seal.Text)),
            new(BundleNames.Events, [.. lines.SelectMany(line => line.Append((byte)'\n'))]),
            new(BundleNames.Artifact(ContentHash.Of(Kept).ToString()), Kept),
        ];
    }

    public List<TarPart> Parts() => Parts([.. Lines.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>The archive with the digests of what is in it.</summary>
    public static byte[] File(IReadOnlyList<TarPart> parts) => Tars.Of([.. parts, new(BundleNames.Sums, Sums(parts))]);

    public static byte[] Sums(IReadOnlyList<TarPart> parts) => Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => $"{ContentHash.Of(part.Content)}  {part.Name}\n")));

    private IEnumerable<BundledEvent> Told()
    {
        object[] own = [new LedgerFounded(Origin), new KeyIntroduced(_key.Verifier.Id, Convert.ToBase64String(_key.Verifier.PublicKey.Span), null)];
        object[] others = [new Annotated("as it was"), new StepFailed("base", "killed", "out of memory")];
        long position = 0;
        foreach (var (stream, data, version) in own.Select((data, i) => ($"ledger/{Origin}", data, i + 1)).Concat(others.Select((data, i) => ($"review/{i}", data, 1))))
        {
            var time = new DateTime(2026, 11, 23, 12, 0, (int)position++, DateTimeKind.Utc);
            yield return new BundledEvent(
                new Entry(stream, version, EventId.Of(stream, "test", version), EventNames.Of(data.GetType()), time, time.AddMilliseconds(1), CanonicalJson.Bytes(data, data.GetType()), new EntryMetadata("test", null, """{"machine":"desk"}"""u8.ToArray(), "ada")),
                [new BundledPlace(Origin, position, time.AddMilliseconds(1))]);
        }
    }
}
