using System.Text.Json.Serialization;

namespace Ledger.Domain.Experiments;

/// <summary>How weights are fitted. Learning rates and the like are doubles; each is used as the nearest float32 by torch.</summary>
/// <param name="Batch">Examples per optimizer step; the last, smaller batch of an epoch is used too.</param>
/// <param name="Epochs">Passes over the training examples, at least 1.</param>
/// <param name="Loss">Null: cross-entropy, on the adversarial examples of the step's adversary where it has one.</param>
/// <param name="Keep">The figure whose best epoch is kept; null: the last epoch.</param>
/// <param name="Stop">Null: all epochs are carried out.</param>
/// <param name="Ema">
/// β in (0, 1): θ̄ ← β·θ̄ + (1 − β)·θ from θ̄ = 0 after every step; θ̄/(1 − βᵗ) is what is evaluated and saved, with the batch-norm
/// statistics of the live network. Null: the live weights.
/// </param>
/// <param name="Renormalize">Null: weights have the norms the optimizer gives them.</param>
/// <param name="Decay">What weight decay acts on; null: every parameter.</param>
/// <param name="ClipGradient">Longest gradient, Euclidean over all parameters; a longer one is scaled down to it. Null: as it is.</param>
public sealed record Recipe(
    OptimizerSpec Optimizer, ScheduleSpec Schedule, int Batch, int Epochs,
    LossSpec? Loss = null, ValidationFigure? Keep = null, EarlyStop? Stop = null, double? Ema = null,
    Renormalization? Renormalize = null, DecayScope? Decay = null, double? ClipGradient = null)
{
    /// <summary>Whether the network is looked at on validation examples after every epoch.</summary>
    public bool NeedsValidation() => Keep is not null || Stop is not null;
}

/// <summary>What is made small, other than the cross-entropy.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "loss", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Trades), "trades")]
public abstract record LossSpec;

/// <summary>
/// Cross-entropy(f(x), y) + β·mean KL(p(x) ‖ p(x′)), where x′ is what the adversary finds raising that KL (Zhang et al. 2019). Both terms of
/// the KL pass gradients on.
/// </summary>
/// <param name="Adversary">Raises the KL (<see cref="AttackLoss.Kl"/>).</param>
public sealed record Trades(double Beta, Adversary Adversary) : LossSpec;

/// <summary>A figure taken on the unperturbed validation examples after each epoch: the lowest loss, or the highest accuracy, is best.</summary>
public enum ValidationFigure
{
    Loss,
    Accuracy,
}

/// <summary>Training ends after an epoch that is the <paramref name="Patience"/>th in a row without a new best.</summary>
/// <param name="NotBefore">Epochs carried out at least; 0 for no such bound.</param>
public sealed record EarlyStop(int Patience, ValidationFigure On, int NotBefore);

/// <summary>
/// After every optimizer step each of the layers is scaled to ‖W‖_F = <paramref name="Scale"/> · target, so that structure changes and scale
/// does not. Two factors of one low-rank layer, W = AB, are both scaled by the square root of what the product needs.
/// </summary>
/// <param name="To">The target; null: the norm the layer had when training began.</param>
/// <param name="Layers">See <see cref="RegularizerSpec"/>.</param>
public sealed record Renormalization(double? To, double Scale, string[] Layers);

public enum DecayScope
{
    /// <summary>Weights of convolutions and linear layers only: no biases, no batch norm.</summary>
    Weights,
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "optimizer")]
[JsonDerivedType(typeof(Sgd), "sgd")]
[JsonDerivedType(typeof(Adam), "adam")]
[JsonDerivedType(typeof(AdamW), "adamw")]
public abstract record OptimizerSpec(double Lr);

public sealed record Sgd(double Lr, double Momentum = 0, bool Nesterov = false, double WeightDecay = 0) : OptimizerSpec(Lr);

public sealed record Adam(double Lr, double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, double WeightDecay = 0) : OptimizerSpec(Lr);

public sealed record AdamW(double Lr, double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, double WeightDecay = 0.01) : OptimizerSpec(Lr);

/// <summary>The learning rate as a function of the epoch; never of wall time. Set on the optimizer before each epoch.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "schedule")]
[JsonDerivedType(typeof(Constant), "constant")]
[JsonDerivedType(typeof(StepDecay), "step")]
[JsonDerivedType(typeof(MultiStep), "multistep")]
[JsonDerivedType(typeof(Cosine), "cosine")]
[JsonDerivedType(typeof(LinearRamp), "linear")]
[JsonDerivedType(typeof(ScheduleSequence), "sequence")]
public abstract record ScheduleSpec;

public sealed record Constant : ScheduleSpec;

/// <summary>Multiplied by <paramref name="Gamma"/> after every <paramref name="Every"/> epochs.</summary>
public sealed record StepDecay(int Every, double Gamma) : ScheduleSpec;

/// <summary>Multiplied by <paramref name="Gamma"/> when each of the epochs <paramref name="At"/> (counted from 0) begins; percentages are resolved when planned.</summary>
public sealed record MultiStep(int[] At, double Gamma) : ScheduleSpec;

/// <summary>lr · ½(1 + cos(π·epoch/epochs)), per epoch, without restarts (Loshchilov and Hutter 2017).</summary>
public sealed record Cosine : ScheduleSpec;

/// <summary>lr · (From + (To − From)·epoch/epochs): a straight line that would reach To when the epochs are over.</summary>
public sealed record LinearRamp(double From, double To) : ScheduleSpec;

/// <summary>One schedule after another; each counts its own epochs from 0.</summary>
public sealed record ScheduleSequence(SchedulePart[] Parts) : ScheduleSpec;

/// <param name="Epochs">It is in force for; those of all parts add up to the recipe's.</param>
public sealed record SchedulePart(int Epochs, ScheduleSpec Schedule);
