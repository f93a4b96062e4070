using System.Text.Json;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Proofs;
using Npgsql;

namespace Ledger.Domain.Store;

/// <summary>Events of the ledger's own log with their ways to a sealed root. Needs SELECT and nothing else.</summary>
public static class ProvenEntries
{
    /// <param name="seal">One that covers the positions.</param>
    /// <param name="positions">In rising order, each once.</param>
    /// <exception cref="MissingEntry">A position has no event.</exception>
    /// <exception cref="MissingTile">A part of the tree is not there.</exception>
    public static async Task<IReadOnlyList<ProvenEntry>> Read(NpgsqlConnection connection, StoredSeal seal, IReadOnlyList<long> positions, CancellationToken stop)
    {
        var entries = await new EntryReader(seal.Origin, isOwn: true).At(connection, positions, stop);
        if (positions.Except(entries.Select(entry => entry.Position)).FirstOrDefault() is > 0 and var missing)
            throw new MissingEntry(seal.Origin, missing);
        var nodes = positions.SelectMany(position => InclusionProof.Needed(position - 1, seal.Size)).SelectMany(node => node).Distinct().ToList();
        // Ways to one root share much of what stands beside them.
        var hashes = nodes.ToDictionary(node => node, await new StoredTiles(connection, seal).Nodes(nodes, stop));
        return [.. entries.Select(entry => new ProvenEntry(entry.Position, JsonElement.Parse(entry.Entry.Envelope()), InclusionProof.Of(entry.Position - 1, seal.Size, node => hashes[node])))];
    }
}
