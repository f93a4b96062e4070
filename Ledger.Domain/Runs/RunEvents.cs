using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;

namespace Ledger.Domain.Runs;

/// <summary>
/// Everything that can be in a <c>run/&lt;ULID&gt;</c> stream, which has one writer. Seconds, latencies and memory are <i>observed</i>;
/// everything else is <i>computed</i> or <i>identity</i> (DESIGN.md).
/// </summary>
public abstract record RunEvent;

/// <summary>The plan, recorded before anything runs: one matrix point, one seed, every step with its whole configuration.</summary>
/// <param name="Experiment">ULID of the experiment.</param>
/// <param name="Number">Place of the run within the experiment's plan, from 1.</param>
/// <param name="Point">Axis → label.</param>
/// <param name="ReplayOf">Id of the run this one replays, or null.</param>
/// <param name="NoReuse">True: nothing is taken over from other runs, when the run is resumed neither; null: equal steps may be.</param>
public sealed record Planned(
    string Experiment, string SpecDigest, int Number, IReadOnlyDictionary<string, string> Point, long Seed, int Threads,
    IReadOnlyList<PlannedStep> Steps, string? ReplayOf = null, bool? NoReuse = null) : RunEvent;

/// <param name="Path">Step id, unique in the run; an element of a list is <c>step/element</c>.</param>
/// <param name="Kind">train, compress, attack or measure.</param>
/// <param name="Config">Canonical form of the step's <see cref="Experiments.StepSpec"/>.</param>
/// <param name="Inputs">Role → path of an earlier step.</param>
/// <param name="SeedPath">Chain of step ids along the data dependence; seeds hang on it.</param>
public sealed record PlannedStep(
    string Path, string Kind, JsonElement Config, IReadOnlyDictionary<string, string> Inputs, IReadOnlyList<string> SeedPath);

public sealed record Started(EnvironmentFacts Environment, string EnvironmentClass, Worker Worker) : RunEvent;

/// <summary>Who does the work. A claim, recorded for fencing and for people.</summary>
public sealed record Worker(string Machine, int Process, string Tool);

/// <summary>The decoded examples a step reads, in order: digest over shape, pixels (uint8) and labels (int64).</summary>
/// <param name="Name">Source, split and selection as text, for people.</param>
public sealed record DatasetPinned(
    string Name, string Source, string Split, int Examples, int[] Shape, int Classes, string Digest) : RunEvent;

/// <param name="AfterEpoch">A training that goes on from a checkpoint: the last epoch that stands; null: it begins with its first.</param>
public sealed record StepStarted(string Step, string Key, StepKeyFields Fields, int? AfterEpoch = null) : RunEvent;

/// <summary>One pass over the training examples.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Loss">Mean training loss; null when it was not finite.</param>
/// <param name="Accuracy">Fraction right on the (adversarial, if so trained) training examples as seen during the epoch.</param>
/// <param name="WeightsDigest">SHA-256 of the canonical safetensors of the state at the end of the epoch.</param>
/// <param name="GradientEvaluations">Forward-backward passes per example, summed over examples, attack included.</param>
/// <param name="ValidationLoss">Mean on the validation examples, without perturbation; null when there are none or it was not finite.</param>
/// <param name="ValidationAccuracy">Fraction right on them; null when there are none.</param>
/// <param name="Terms">What was added to the loss, by name; null when nothing was.</param>
/// <param name="TensorDigests">The first 8 hex digits of SHA-256 of each tensor's bytes in the order of their names, one after another: to find which
/// differs, not to prove that none does; null in records from before they were kept, and of more than 512 tensors.</param>
public sealed record EpochCompleted(
    string Step, int Epoch, double? Loss, double Accuracy, double Lr, string WeightsDigest, long GradientEvaluations, double Seconds,
    double? ValidationLoss = null, double? ValidationAccuracy = null, IReadOnlyList<LossTerm>? Terms = null, string? TensorDigests = null) : RunEvent;

/// <summary>One regulariser over an epoch: means over its batches.</summary>
/// <param name="Value">Weighted, as added to the loss; null when not finite.</param>
/// <param name="GradientNorm">Euclidean norm of its weighted gradient by all parameters; null when not finite.</param>
public sealed record LossTerm(string Name, double? Value, double? GradientNorm);

/// <summary>A step that came to its end, with what it made.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "completion")]
[JsonDerivedType(typeof(TrainingCompleted), "training")]
[JsonDerivedType(typeof(CompressionCompleted), "compression")]
[JsonDerivedType(typeof(AttackCompleted), "attack")]
[JsonDerivedType(typeof(MeasurementCompleted), "measurement")]
public abstract record StepCompletion(string Step) : RunEvent;

/// <param name="Epochs">Carried out; fewer than the recipe's after an early stop.</param>
/// <param name="Loss">Of the last epoch; null when not finite.</param>
/// <param name="KeptEpoch">The epoch whose weights these are, from 1; null: the last.</param>
public sealed record TrainingCompleted(
    string Step, ModelRef Model, int Epochs, int Examples, double? Loss, long GradientEvaluations, double Seconds,
    int? KeptEpoch = null) : StepCompletion(Step);

/// <param name="Requested">What was asked for: ratio removed, bits, rank, fraction of energy kept, or tail ε.</param>
/// <param name="Achieved">What came out in the same unit: for ranks the largest, for energies the smallest, for tails the largest of all layers.</param>
/// <param name="ForwardDifference">Largest |Δ logit| against the masked (filters) network on images of noise; null where the two need not agree.</param>
/// <param name="Layers">Layer by layer; null in records from before it was recorded.</param>
/// <param name="GradientEvaluations">Forward-backward passes of the trainings inside, summed over examples; null where it trains nothing.</param>
public sealed record CompressionCompleted(
    string Step, ModelRef Model, string Method, double Requested, double Achieved, long Parameters, long NonzeroParameters,
    double? ForwardDifference, double Seconds, IReadOnlyList<CompressedLayer>? Layers = null, long? GradientEvaluations = null) : StepCompletion(Step);

/// <summary>What became of one convolution or linear layer.</summary>
/// <param name="Weights">Entries of its weight, or of both its factors.</param>
/// <param name="Nonzero">Those that are not zero.</param>
/// <param name="Error">‖W − W'‖_F / ‖W‖_F against the weight before (after folding batch norm); null where their shapes differ.</param>
/// <param name="Rank">Of a truncated layer.</param>
public sealed record CompressedLayer(string Layer, long Weights, long Nonzero, double? Error = null, int? Rank = null);

/// <summary>An attack's per-example outcomes and their counts.</summary>
/// <param name="Outcomes">Parquet artifact, one row an example.</param>
/// <param name="ExamplesDigest">Equal digests: the same examples in the same order.</param>
/// <param name="Correct">Classified right without perturbation; only these are attacked.</param>
/// <param name="Broken">Of the attacked, those for which a misclassified perturbation was found.</param>
/// <param name="StepSize">Of the gradient steps, in the threat's space; 0 for an attack without a fixed one.</param>
/// <param name="Gradient">How gradients pass non-differentiable parts: <c>exact</c> or <c>straight-through</c>.</param>
/// <param name="Parts">The attacks of an ensemble in the order in which they ran; null for a single attack.</param>
/// <param name="ForwardEvaluations">Forward passes without gradient, per example, summed; null in records from before they were counted.</param>
/// <param name="Perturbed">The perturbed pixels, where the step keeps them: safetensors <c>pixels</c>, float32 [n, channels, height, width].</param>
/// <param name="Metrics">Further figures, such as the median distance of a minimum-norm attack; null when there are none.</param>
/// <param name="Standing">Bits of the examples right without and under every perturbation tried (<see cref="Ledger.Domain.Metrics.StandingExamples"/>); null in
/// records from before they were kept, and of very many examples.</param>
public sealed record AttackCompleted(
    string Step, ArtifactRef Outcomes, string ExamplesDigest, int Examples, int Correct, int Broken, string EpsFloatBits,
    double StepSize, string Gradient, long GradientEvaluations, double MaxDistance, double Seconds,
    IReadOnlyList<AttackPart>? Parts = null, long? ForwardEvaluations = null, ArtifactRef? Perturbed = null,
    IReadOnlyList<MetricValue>? Metrics = null, string? Standing = null) : StepCompletion(Step);

/// <summary>One attack of an ensemble: it saw only what the attacks before it had not broken.</summary>
/// <param name="Attack">Name of the attack, unlike that of every other part.</param>
/// <param name="Attacked">Examples still standing when it began.</param>
/// <param name="Broken">Of those, the ones it broke.</param>
public sealed record AttackPart(string Attack, int Attacked, int Broken, long GradientEvaluations, long ForwardEvaluations, double Seconds);

/// <param name="Outcomes">Clean per-example outcomes when accuracy was measured.</param>
/// <param name="Series">Longer results, such as spectra, as one safetensors file; null when there are none.</param>
public sealed record MeasurementCompleted(
    string Step, IReadOnlyList<MetricValue> Metrics, ArtifactRef? Outcomes, string? ExamplesDigest, double Seconds,
    ArtifactRef? Series = null) : StepCompletion(Step);

/// <param name="Value">Null when not finite.</param>
/// <param name="Unit">fraction, count, bytes, ms …</param>
/// <param name="Layer">Node id of the layer, or another part of the network or examples, the value is about; null: the whole.</param>
public sealed record MetricValue(string Name, double? Value, string Unit, MetricClass Class, string? Layer = null);

public enum MetricClass
{
    Computed,
    Observed,
    Identity,
}

/// <summary>An equal step's result taken over instead of computing it again. Terminal for the step.</summary>
/// <param name="Key">The full key, equal to the source's.</param>
public sealed record StepReused(string Step, string SourceRun, string SourceStep, string Key, StepKeyFields Fields) : RunEvent;

/// <summary>Terminal for the step; the run goes on with steps that do not need it.</summary>
/// <param name="Code">One of <see cref="FailureCodes"/>, or the code of a refusal.</param>
public sealed record StepFailed(string Step, string Code, string Message) : RunEvent;

/// <summary>A suspicion about a result, with the value that raised it.</summary>
public sealed record ResultFlagged(string Step, string Code, double? Value, double? Threshold) : RunEvent;

/// <summary>A worker took the run over; appended before it does any work, so that a stalled former owner is fenced.</summary>
public sealed record Resumed(Worker Worker, int Attempt) : RunEvent;

/// <summary>Terminal.</summary>
/// <param name="Events">Number of events in the stream, this one included.</param>
public sealed record Completed(int Events) : RunEvent;

/// <summary>Terminal: at least one step failed.</summary>
public sealed record Failed(IReadOnlyList<string> Steps, int Events) : RunEvent;

/// <summary>Terminal.</summary>
public sealed record Cancelled(string Reason) : RunEvent;

/// <summary>Stopped on request or by Ctrl-C; can be resumed.</summary>
public sealed record Paused(string Reason) : RunEvent;

/// <summary>One step of a replay held against the original.</summary>
/// <param name="Verdict">identical, close, diverged or not-comparable.</param>
/// <param name="FirstDifference">Epoch, tensor or metric at which they part; null when identical.</param>
public sealed record StepCompared(
    string Step, string Verdict, string? FirstDifference, double? MaxAbsDifference, long? MaxUlpDifference) : RunEvent;

/// <summary>The verdict over a whole replay.</summary>
public sealed record ReplayJudged(
    string Original, string Verdict, string? FirstDivergentStep, IReadOnlyList<string> Causes) : RunEvent;
