using System.Text.Json;
using Ledger.Domain.Checks;
using Ledger.Query.Reports.Plots;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>What the ledger says about experiments, at one position.</summary>
/// <param name="Origin">The ledger's own ULID.</param>
/// <param name="RecordedAt">When the event at the position got it; null for an empty ledger.</param>
public sealed record Report(string Origin, long Position, DateTimeOffset? RecordedAt, IReadOnlyList<ExperimentReport> Experiments);

/// <summary>One study: what was asked, what was done, what came out, what is left out and what to doubt.</summary>
/// <param name="Findings">Results that contradict each other, computed for the report and not recorded.</param>
public sealed record ExperimentReport(
    ReportedExperiment Experiment, IReadOnlyList<SpecificationRow> Specifications, IReadOnlyList<ReportedRun> Runs, IReadOnlyList<StepCost> Steps,
    IReadOnlyList<ReportedData> Data, ResultsTable Results, IReadOnlyList<MeasuredRow> Measured, IReadOnlyList<PartRow> Parts, IReadOnlyList<TermRow> Terms, IReadOnlyList<Plot> Plots,
    IReadOnlyList<JudgedCheck> Checks, IReadOnlyList<FailedStep> Failures, IReadOnlyList<Remark> Remarks, IReadOnlyList<Suspicion> Suspicions,
    IReadOnlyList<Finding> Findings, IReadOnlyList<TaintedRun> Tainted);

/// <param name="Checks">Name → claim as registered; null when it declares none.</param>
public sealed record ReportedExperiment(
    string Experiment, string Slug, string? About, string State, string? Scale, string SpecDigest, JsonElement? Checks, DateTimeOffset RegisteredAt,
    long PositionFrom, long PositionTo);

/// <summary>A version of the specification, and why it changed.</summary>
public sealed record SpecificationRow(long Position, DateTimeOffset RecordedAt, string Change, string? Reason, string? Scale, string? SpecDigest);

/// <summary>A row of <c>results.runs</c>.</summary>
public sealed record ReportedRun(
    string Run, int Number, long Seed, IReadOnlyDictionary<string, string> Point, string State, string? ReplayOf, string? ReplayVerdict, string? EnvironmentClass,
    JsonElement? Environment, string? Machine, string? Tool, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, long PositionFrom, long PositionTo);

/// <summary>What the steps of one kind cost.</summary>
/// <param name="Step">Path of the step up to the first slash.</param>
/// <param name="Computed">In runs of this experiment; results taken over are counted beside it.</param>
/// <param name="Seconds">Wall time of what was computed: observed.</param>
public sealed record StepCost(string Step, string Kind, int Computed, int Reused, int Failed, double? Seconds, long? GradientEvaluations);

public sealed record ReportedData(string Name, string Source, string Split, int Examples, int[] Shape, int Classes, string Digest);

/// <summary>A row of <c>results.metrics</c> that counts: neither retracted nor of a replay.</summary>
public sealed record MeasuredRow(
    string Run, long Seed, IReadOnlyDictionary<string, string> Point, string ModelStep, string Step, string? AttackStep, string? Adversary, string? EpsAsWritten,
    string Metric, string? Layer, double? Value, string Unit, string Class, long Position);

/// <summary>One attack of an ensemble, over all networks it was tried on.</summary>
public sealed record PartRow(string Adversary, string? Eps, int Ordinal, string Attack, int Networks, long Attacked, long Broken, long GradientEvaluations, long ForwardEvaluations, double Seconds);

/// <summary>A term of the training loss in the last epoch, over seeds.</summary>
public sealed record TermRow(IReadOnlyDictionary<string, string> Point, string Step, string Term, int Seeds, double? Value, double? GradientNorm);

/// <summary>The last verdict on a check.</summary>
/// <param name="Position">Of the verdict.</param>
/// <param name="JudgedTo">Position up to which the tables were read for it.</param>
public sealed record JudgedCheck(string CheckName, string Verdict, string Declared, JsonElement Numbers, long Position, long JudgedTo);

public sealed record FailedStep(string Run, string Step, string FailureCode, string? FailureMessage);

/// <summary>What people said about a run.</summary>
public sealed record Remark(string Run, long Position, string Said, string? Reason, string? SupersededBy);

/// <summary>The first step of a run that rests on a retracted one.</summary>
public sealed record TaintedRun(string Run, string Step, string RetractedRun, string? Reason);

/// <summary>Flags of one code on one step, over all runs.</summary>
/// <param name="Least">Smallest value that raised it; null when none has a value.</param>
/// <param name="Example">A run to look at.</param>
public sealed record Suspicion(string Code, string Step, int Flags, int Runs, double? Least, double? Most, double? Threshold, string? Reason, string Example);
