using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Log;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Store;
using Ledger.Tests.Evidence.Merkle;

namespace Ledger.Tests.Evidence.Proofs;

/// <summary>A sealed log in memory, and proofs over any of its positions.</summary>
internal sealed class MadeLog : IDisposable
{
    private const string Origin = "ledger/01JD8Z5QK3V7W9X1Y2Z3A4B5C6";

    private readonly List<Entry> _entries = [];

    public SigningKey Key { get; } = SigningKey.Generate(Origin);

    public void Dispose() => Key.Dispose();

    /// <returns>The event's position.</returns>
    public long Add(string stream, object data, int? version = null)
    {
        long next = version ?? _entries.Count(entry => entry.Stream == stream) + 1;
        var time = new DateTime(2026, 11, 23, 12, 0, _entries.Count, DateTimeKind.Utc);
        _entries.Add(new Entry(
            stream, next, EventId.Of(stream, "test", _entries.Count), EventNames.Of(data.GetType()), time, time.AddMilliseconds(1), Json(data),
            new EntryMetadata("test", "01JEXPERIMENT", """{"machine":"desk"}"""u8.ToArray(), "ada")));
        return _entries.Count;
    }

    public Entry this[long position] => _entries[(int)position - 1];

    public Proof Prove(Claim claim, params IEnumerable<long> positions)
    {
        var tree = new NaiveTree(_entries.Select(entry => entry.Envelope()));
        var seal = Seal.Sign(new TreeHead(Origin, tree.Size, tree.Root(tree.Size)), Key);
        return new Proof(
            Proof.CurrentFormat, claim, Origin, seal.Text, [$"{Key.Verifier}"],
            [.. positions.Select(position => new ProvenEntry(position, JsonElement.Parse(this[position].Envelope()), tree.Inclusion(position - 1, tree.Size)))]);
    }

    public ProofReport Check(Proof proof) => ProofCheck.Of(Proof.Parse(proof.ToJson()), [Key.Verifier]);

    private static byte[] Json(object data) => CanonicalJson.Bytes(data, data.GetType());
}
