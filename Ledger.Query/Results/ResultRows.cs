using System.Text.Json;

namespace Ledger.Query.Results;

/// <summary>What a results table needs of <c>results.models</c>; columns as documented there.</summary>
public sealed record ModelRow(
    string Run, int Number, long Seed, IReadOnlyDictionary<string, string> Point, string? Scale, string? ReplayOf, string ModelStep, int ModelOrdinal,
    string State, double? CleanAccuracyFull, int? CleanExamplesFull, string? Compression, double? Requested, double? Achieved,
    long? Parameters, long? NonzeroParameters, long? SizeBytes, long? Macs,
    double? LatencyMsP50, int? LatencyBatch, bool Retracted, long PositionFrom);

/// <summary>What a results table needs of <c>results.robustness</c>; columns as documented there.</summary>
public sealed record RobustnessRow(
    string Run, int Number, long Seed, IReadOnlyDictionary<string, string> Point, string ModelStep, string AttackStep,
    string? Dataset, string? Split, int Examples, string ExamplesDigest, double? CleanAccuracy, string? Adversary, string Norm, double Eps,
    string EpsAsWritten, string EpsSpace, bool Clip, string Attack, JsonElement AttackSettings, string Gradient, double? RobustAccuracy,
    double? RobustLow, double? RobustHigh, int Attacked, int Broken, int Flags, string? FlagCodes, bool Retracted, long PositionTo)
{
    /// <summary>FGSM, PGD-10 L∞ …: how an attack is called where a column has little room.</summary>
    public string Label => $"{Name} {Symbol}";

    /// <summary>Everything two results must agree in to stand in one column.</summary>
    internal string Identity => string.Join('|', Adversary, Attack, AttackSettings.GetRawText(), Norm, EpsAsWritten, EpsSpace, Clip);

    /// <summary><c>L∞ 0.1</c>, the radius as written.</summary>
    internal string Threat => $"{Symbol} {EpsAsWritten}";

    internal int? Restarts => AttackSettings.TryGetProperty("restarts", out var restarts) ? restarts.GetInt32() : null;

    private string Symbol => Norm == "linf" ? "L∞" : Norm.ToUpperInvariant();

    private string Name => AttackSettings.TryGetProperty("steps", out var steps) ? $"{Attack.ToUpperInvariant()}-{steps.GetInt32()}" : Attack.ToUpperInvariant();
}
