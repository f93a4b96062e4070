using System.Text.Json;

namespace Ledger.Domain.Evidence;

/// <summary>What identifies a step: equal fields, equal key, equal computed result.</summary>
public sealed record StepKeyFields(
    string Kind, JsonElement Config, IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, string> Seeds,
    string CodeFingerprint, string EnvironmentClass);
