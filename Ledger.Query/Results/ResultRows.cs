using System.Text.Json;

namespace Ledger.Query.Results;

/// <summary>What a results table needs of <c>results.models</c>; columns as documented there.</summary>
public sealed record ModelRow(
    string Run, int Number, long Seed, IReadOnlyDictionary<string, string> Point, string? Scale, string? ReplayOf, string ModelStep, int ModelOrdinal,
    string State, double? CleanAccuracyFull, int? CleanExamplesFull, string? Compression, double? Requested, double? Achieved,
    long? Parameters, long? NonzeroParameters, long? SizeBytes, long? Macs,
    double? LatencyMsP50, int? LatencyBatch, bool Retracted, long PositionFrom, long? GradientEvaluationsTrain = null, double? TrainSeconds = null,
    bool Superseded = false, bool RetractedItself = false);

/// <summary>What a results table needs of <c>results.robustness</c>; columns as documented there.</summary>
public sealed record RobustnessRow(
    string Run, int Number, long Seed, IReadOnlyDictionary<string, string> Point, string ModelStep, string AttackStep,
    string? Dataset, string? Split, int Examples, string ExamplesDigest, double? CleanAccuracy, string? Adversary, string Norm, double Eps,
    string EpsAsWritten, string EpsSpace, bool Clip, string Attack, JsonElement AttackSettings, string Gradient, double? RobustAccuracy,
    double? RobustLow, double? RobustHigh, int Attacked, int Broken, bool WorstCase, int? AttacksInWorstCase, int Flags, string? FlagCodes, bool Retracted, long PositionTo)
{
    /// <summary>FGSM, PGD-10 L∞ …: how an attack is called where a column has little room.</summary>
    public string Label => $"{AttackLabels.Of(Attack, AttackSettings)} {AttackLabels.Norm(Norm)}";

    /// <summary>Everything two results must agree in to stand in one column. A worst case stands for its threat, whatever attacks were in it.</summary>
    internal string Identity => $"{Curve}|{EpsAsWritten}";

    /// <summary>What the results of one attack at several radii agree in.</summary>
    internal string Curve => string.Join('|', Adversary, Attack, WorstCase ? "" : AttackSettings.GetRawText(), Norm, EpsSpace, Clip, ExamplesDigest);

    /// <summary><c>L∞ 0.1</c>, the radius as written.</summary>
    internal string Threat => $"{AttackLabels.Norm(Norm)} {EpsAsWritten}";

    internal int? Restarts => AttackLabels.Value(AttackSettings, "restarts") is { ValueKind: JsonValueKind.Number } restarts ? restarts.GetInt32() : null;
}

/// <summary>What a results table needs of <c>results.metrics</c>: a value of a whole network, or of an attack on it.</summary>
public sealed record NetworkMetric(string Run, string ModelStep, string? AttackStep, string? Adversary, string? EpsAsWritten, string Metric, double? Value, string Unit)
{
    /// <summary>The metric's name, with the attack it is about.</summary>
    internal string Name => AttackStep is null ? Metric : $"{Metric} ({Adversary}{(EpsAsWritten is null ? "" : $" {EpsAsWritten}")})";
}
