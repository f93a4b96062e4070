using System.Text.Json.Serialization;

namespace Ledger.Domain.Experiments;

/// <summary>How weights are fitted. Learning rates and the like are doubles; each is used as the nearest float32 by torch.</summary>
/// <param name="Batch">Examples per optimizer step; the last, smaller batch of an epoch is used too.</param>
/// <param name="Epochs">Passes over the training examples, at least 1.</param>
public sealed record Recipe(OptimizerSpec Optimizer, ScheduleSpec Schedule, int Batch, int Epochs);

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
public abstract record ScheduleSpec;

public sealed record Constant : ScheduleSpec;

/// <summary>Multiplied by <paramref name="Gamma"/> after every <paramref name="Every"/> epochs.</summary>
public sealed record StepDecay(int Every, double Gamma) : ScheduleSpec;

/// <summary>Multiplied by <paramref name="Gamma"/> when each of the epochs <paramref name="At"/> (counted from 0) begins; percentages are resolved when planned.</summary>
public sealed record MultiStep(int[] At, double Gamma) : ScheduleSpec;

/// <summary>lr · ½(1 + cos(π·epoch/epochs)), per epoch, without restarts (Loshchilov and Hutter 2017).</summary>
public sealed record Cosine : ScheduleSpec;
