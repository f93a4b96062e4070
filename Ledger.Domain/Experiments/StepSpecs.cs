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
/// <param name="Use">How the adversary is used; null: on whole batches, in eval mode, from the first epoch.</param>
/// <param name="Validation">Where the recipe keeps or stops by what is seen on them; null where it does not.</param>
/// <param name="Regularizers">Added to the loss; null: none.</param>
/// <param name="Augment">Null: examples as they are. Otherwise changed at random before the adversary sees them.</param>
public sealed record TrainSpec(
    ModelSpec? Model, ExamplesSpec Data, Recipe Recipe, Adversary? Adversary,
    AdversaryUse? Use = null, ExamplesSpec? Validation = null, IReadOnlyList<RegularizerSpec>? Regularizers = null,
    Augmentation? Augment = null) : StepSpec;

/// <summary>Adversarial training other than of every batch as a whole.</summary>
/// <param name="Fraction">
/// The first round(fraction·n), halves up, of a batch of n are replaced by their adversarial examples; batches are shuffled, so these are
/// drawn at random. Null: all.
/// </param>
/// <param name="Mode">Null: eval mode.</param>
/// <param name="After">Epochs of standard training before; null: none.</param>
public sealed record AdversaryUse(Exact? Fraction = null, AttackMode? Mode = null, int? After = null);

/// <summary>How batch norm behaves while the adversary looks for examples to train on.</summary>
public enum AttackMode
{
    /// <summary>
    /// By the statistics of the attacked batch, each forward pass moving the running ones (the released code of Thorsteinsson et al.,
    /// arXiv 2403.09441): clean and perturbed inputs of every iterate enter them.
    /// </summary>
    Train,
}

/// <summary>Makes a smaller network out of the input in role <c>model</c>.</summary>
/// <param name="Training">How weights are fitted between pruning rounds, or scores are learned (its model is null); null where nothing is.</param>
public sealed record CompressSpec(CompressionSpec Compression, TrainSpec? Training = null) : StepSpec;

/// <summary>
/// Attacks the input in role <c>model</c> on the given examples and records an outcome for each. An input in role <c>parent</c> is the
/// network that examples are transferred from.
/// </summary>
/// <param name="KeepExamples">
/// True: the perturbed pixels are kept as an artifact, for measurements of them: of each example the misclassified point of highest loss, which
/// the attack goes on for after the first. Null: not kept.
/// </param>
public sealed record AttackStepSpec(Adversary Adversary, ExamplesSpec Data, bool? KeepExamples = null) : StepSpec;
