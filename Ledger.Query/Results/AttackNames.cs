using System.Text.Json;

namespace Ledger.Query.Results;

/// <summary>How attacks and threats are called where there is little room.</summary>
internal static class AttackNames
{
    private static readonly Dictionary<string, string> Proper = new(StringComparer.Ordinal)
    {
        ["fab"] = "FAB", ["fab-t"] = "FAB-T", ["square"] = "Square", ["deepfool"] = "DeepFool", ["autoattack-standard"] = "AutoAttack", ["autoattack-plus"] = "AutoAttack+",
        ["apgd-ce"] = "APGD-CE", ["apgd-dlr"] = "APGD-DLR", ["apgd-t"] = "APGD-T", ["sgd-uap"] = "UAP (SGD)", ["random-noise"] = "noise", ["worst-of"] = "worst of", ["worst-case"] = "worst case",
    };

    /// <summary>FGSM, PGD-20, PGD-20 margin, AutoAttack …</summary>
    public static string Of(string attack, JsonElement settings)
    {
        string name = Proper.TryGetValue(attack, out string? proper) ? proper : attack.Length <= 4 ? attack.ToUpperInvariant() : attack;
        string steps = Value(settings, "steps") is { ValueKind: JsonValueKind.Number } number ? $"-{number.GetInt32()}" : "";
        string loss = Value(settings, "loss") is { ValueKind: JsonValueKind.String } text && text.GetString() is { } word and not "ce" ? $" {word}" : "";
        return $"{name}{steps}{loss}";
    }

    public static string Norm(string norm) => norm == "linf" ? "L∞" : norm.ToUpperInvariant();

    public static string Space(string space) => space == "pixel" ? "pixels" : "normalized inputs";

    public static JsonElement? Value(JsonElement settings, string name) =>
        settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(name, out var value) ? value : null;
}
