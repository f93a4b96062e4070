using System.Text.Json;
using Ledger.Domain.Evidence.Log;

namespace Ledger.Domain.Evidence.Proofs;

/// <summary>An event as a proof tells it, with its payload parsed.</summary>
internal sealed record ToldEvent(long Position, Entry Entry, JsonElement Data)
{
    public string Type => Entry.Type;

    public string Stream => Entry.Stream;

    public string? Text(string path) => ArtifactRoles.Member(Data, path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public long? Number(string path) =>
        ArtifactRoles.Member(Data, path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long value) ? value : null;
}
