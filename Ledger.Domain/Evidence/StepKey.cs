using System.Text.Json;

namespace Ledger.Domain.Evidence;

/// <summary>
/// What identifies a step: equal fields, equal key, equal computed result. Whatever is not in this list (matrix
/// coordinates, labels, machine names, times) cannot keep two steps apart.
/// </summary>
/// <param name="Kind">train, compress, attack or measure.</param>
/// <param name="Config">The step's own configuration with every default filled in.</param>
/// <param name="Inputs">Role → digest of the input's bytes.</param>
/// <param name="Seeds">Purpose → derived seed as a decimal string.</param>
/// <param name="CodeFingerprint">Of the kind's entry method over our own assemblies.</param>
/// <param name="EnvironmentClass">Digest of the <see cref="Evidence.EnvironmentClass"/>.</param>
public sealed record StepKeyFields(
    string Kind, JsonElement Config, IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, string> Seeds,
    string CodeFingerprint, string EnvironmentClass)
{
    /// <summary>Field by field, every value that keeps the two keys apart; empty when the keys are equal.</summary>
    public IReadOnlyList<Difference> Differences(StepKeyFields other) => Difference.Between(this, other);
}

/// <summary>The address of a step's result.</summary>
public static class StepKey
{
    public const string Scheme = "ledger/step-key/1";

    public static ContentHash Of(StepKeyFields fields) => CanonicalJson.Digest(Scheme, fields);
}
