using System.Reflection;
using System.Text.Json.Serialization;

namespace Ledger.Domain.Experiments;

/// <summary>What attacks are called in outcomes, tables and messages.</summary>
public static class AttackNames
{
    private static readonly Dictionary<Type, string> Words = typeof(AttackSpec).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(attribute => attribute.DerivedType, attribute => (string)attribute.TypeDiscriminator!);

    /// <summary>The word it has in an experiment file; <c>transfer-pgd</c> for a transfer, its own name for an ensemble that has one.</summary>
    public static string Of(AttackSpec attack) => attack switch
    {
        Transfer transfer => $"transfer-{Of(transfer.Of)}",
        Ensemble { Name: { } name } => name,
        _ => Words[attack.GetType()],
    };

    /// <summary>The attacks that run, in order: an ensemble's parts and theirs.</summary>
    public static IEnumerable<AttackSpec> Parts(AttackSpec attack) => attack is Ensemble ensemble ? ensemble.Parts.SelectMany(Parts) : [attack];
}
