using System.Text.Json;

namespace Ledger.Query.Results;

/// <summary>How attacks and threats are called where there is little room. Read from what was recorded, whichever version of the tool recorded it.</summary>
internal static class AttackLabels
{
    private static readonly Dictionary<string, string> Proper = new(StringComparer.Ordinal)
    {
        ["apgd-ce"] = "APGD-CE",
        ["apgd-dlr"] = "APGD-DLR",
        ["apgd-t"] = "APGD-T",
        ["fab"] = "FAB",
        ["fab-t"] = "FAB-T",
        ["square"] = "Square",
        ["deepfool"] = "DeepFool",
        ["autoattack-standard"] = "AutoAttack",
        ["autoattack-plus"] = "AutoAttack+",
        ["uap"] = "UAP",
        ["sgd-uap"] = "SGD-UAP",
        ["worst-case"] = "worst case",
    };

    /// <summary>FGSM, PGD-20, PGD-20 margin, AutoAttack, transferred APGD-CE, worst of 4 …</summary>
    public static string Of(string attack, JsonElement settings) => attack switch
    {
        "worst-of" when Value(settings, "name") is { ValueKind: JsonValueKind.String } name => Named(name.GetString()!),
        "worst-of" when Value(settings, "parts") is { ValueKind: JsonValueKind.Array } parts => $"worst of {parts.GetArrayLength()}",
        "transfer" when Value(settings, "of") is { ValueKind: JsonValueKind.Object } of && Value(of, "attack") is { } inner => $"transferred {Of(inner.ToString(), of)}",
        "pgd" => $"PGD{(Value(settings, "steps") is { ValueKind: JsonValueKind.Number } steps ? $"-{steps}" : "")}{(Value(settings, "loss") is { } loss && $"{loss}" is not "ce" ? $" {loss}" : "")}",
        _ => Named(attack),
    };

    public static string Norm(string norm) => norm == "linf" ? "L∞" : norm.ToUpperInvariant();

    public static string Space(string space) => space == "pixel" ? "pixels" : "normalized inputs";

    public static JsonElement? Value(JsonElement settings, string name) =>
        settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(name, out var value) ? value : null;

    private static string Named(string attack) => Proper.TryGetValue(attack, out string? proper) ? proper : attack.Length <= 4 ? attack.ToUpperInvariant() : attack;
}
