using System.Text.Json.Serialization;

namespace Ledger.Domain.Experiments;

/// <summary>
/// What one step does, fully resolved: one scale, one matrix point, defaults filled in, no references left except the
/// models it takes as inputs. Its canonical JSON is the configuration part of the step's key.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(TrainSpec), "train")]
[JsonDerivedType(typeof(CompressSpec), "compress")]
[JsonDerivedType(typeof(AttackStepSpec), "attack")]
[JsonDerivedType(typeof(MeasureSpec), "measure")]
public abstract record StepSpec;

/// <summary>Fits a new network, or goes on from the input in role <c>model</c> (fine-tuning; zero weights of a pruned input stay zero).</summary>
/// <param name="Model">Null when fine-tuning.</param>
/// <param name="Adversary">Null: standard training. Otherwise each batch is replaced by its adversarial examples (found in eval mode).</param>
public sealed record TrainSpec(ModelSpec? Model, ExamplesSpec Data, Recipe Recipe, Adversary? Adversary) : StepSpec;

/// <summary>Makes a smaller network out of the input in role <c>model</c>.</summary>
public sealed record CompressSpec(CompressionSpec Compression) : StepSpec;

/// <summary>
/// Attacks the input in role <c>model</c> on the given examples and records an outcome for each. An input in role <c>parent</c> is the
/// network that examples are transferred from.
/// </summary>
/// <param name="KeepExamples">True: the perturbed pixels are kept as an artifact, for measurements of them. Null: not kept.</param>
public sealed record AttackStepSpec(Adversary Adversary, ExamplesSpec Data, bool? KeepExamples = null) : StepSpec;
