namespace Ledger.Domain.Models;

/// <summary>Bytes in the artifact store, addressed by the SHA-256 of their content.</summary>
/// <param name="Digest">64 lowercase hex digits.</param>
/// <param name="Bytes">Size of the content.</param>
public sealed record ArtifactRef(string Digest, long Bytes);

/// <summary>A trained or compressed network: its graph (canonical JSON) and its weights (safetensors).</summary>
public sealed record ModelRef(ArtifactRef Architecture, ArtifactRef Weights);
