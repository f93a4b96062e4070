using Ledger.Domain.Evidence.Proofs;

namespace Ledger.Query.Evidence;

/// <summary>A claim in one line.</summary>
internal static class ProofWords
{
    public static string Of(Claim claim) => claim switch
    {
        EventClaim one => $"event {one.EventId} stands at position {one.Position}",
        RunClaim run => $"run {run.Run} is {run.State} and has {run.Events} events",
        ArtifactClaim artifact => $"artifact {artifact.Digest} ({artifact.Bytes} bytes) is {string.Join(" and ", artifact.Roles)} of {(artifact.Step is null ? "" : $"step {artifact.Step} of ")}run {artifact.Run}",
        CellClaim cell => $"{cell.Column} = {cell.Value.GetRawText()} in {cell.Table} where {string.Join(", ", cell.Key.Select(part => $"{part.Key} = {part.Value.GetRawText()}"))}",
        _ => throw new ArgumentOutOfRangeException(nameof(claim)),
    };
}
