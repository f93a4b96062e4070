using System.Text.Json;

namespace Ledger.Domain.Evidence.Proofs;

/// <summary>Where in an event's data artifacts are named, and as what.</summary>
public static class ArtifactRoles
{
    private static readonly (string Role, string Path)[] Places =
    [
        ("architecture", "model.architecture"), ("weights", "model.weights"), ("outcomes", "outcomes"), ("perturbed", "perturbed"), ("series", "series"),
        ("git-diff", "environment.gitDiff"),
    ];

    /// <summary>Every artifact that the data names.</summary>
    public static IEnumerable<(string Role, string Digest, long Bytes)> In(JsonElement data) =>
        from place in Places
        let artifact = Member(data, place.Path)
        where Member(artifact, "digest").ValueKind == JsonValueKind.String && Member(artifact, "bytes") is { ValueKind: JsonValueKind.Number } size && size.TryGetInt64(out _)
        select (place.Role, artifact.GetProperty("digest").GetString()!, artifact.GetProperty("bytes").GetInt64());

    /// <summary>A member by its path; of kind <see cref="JsonValueKind.Undefined"/> where it is not there.</summary>
    /// <param name="path">Names joined by dots.</param>
    internal static JsonElement Member(JsonElement value, string path)
    {
        foreach (string name in path.Split('.'))
            value = value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member : default;
        return value;
    }
}
