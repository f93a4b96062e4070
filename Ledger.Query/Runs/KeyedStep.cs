using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Domain.Evidence;

namespace Ledger.Query.Runs;

/// <summary>A step with the fields that identify it, as recorded.</summary>
/// <param name="Key">Null until the step started or was reused, as <paramref name="Fields"/>.</param>
public sealed record KeyedStep(string Run, string Step, string Kind, string State, string? Key, JsonElement? Fields, string? SourceRun, string? SourceStep)
{
    [JsonIgnore]
    public StepKeyFields? KeyFields => Fields is { ValueKind: JsonValueKind.Object } fields ? fields.Deserialize<StepKeyFields>(LedgerJson.Options) : null;
}
