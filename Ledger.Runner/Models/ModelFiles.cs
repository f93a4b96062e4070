using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;

namespace Ledger.Runner.Models;

/// <summary>A network in the artifact store: its graph as canonical JSON, its weights as canonical safetensors.</summary>
public static class ModelFiles
{
    public static ModelRef Save(ArtifactStore store, Network network) => Save(store, network.Architecture, network.State());

    public static ModelRef Save(ArtifactStore store, Architecture architecture, IReadOnlyList<NamedTensor> state) =>
        new(Put(store, CanonicalJson.Bytes(architecture)), Put(store, SafeTensors.Write(state)));

    /// <exception cref="MissingArtifact"/>
    /// <exception cref="CorruptArtifact"/>
    /// <exception cref="StateMismatch"/>
    public static Network Load(ArtifactStore store, ModelRef model) =>
        Network.Load(LoadArchitecture(store, model), SafeTensors.Read(Read(store, model.Weights)).Tensors);

    /// <exception cref="MissingArtifact"/>
    /// <exception cref="CorruptArtifact"/>
    public static Architecture LoadArchitecture(ArtifactStore store, ModelRef model) =>
        System.Text.Json.JsonSerializer.Deserialize<Architecture>(Read(store, model.Architecture), LedgerJson.Options)!;

    private static ArtifactRef Put(ArtifactStore store, byte[] bytes)
    {
        var stored = store.Put(bytes);
        return new ArtifactRef(stored.Hash.ToString(), stored.Size);
    }

    private static byte[] Read(ArtifactStore store, ArtifactRef artifact) => store.ReadAll(ContentHash.Parse(artifact.Digest));
}
