namespace Ledger.Domain.Experiments;

/// <summary>
/// One perturbation for all images, fitted to some and tried on others. An example counts as broken where it is right without the
/// perturbation and wrong with it.
/// </summary>
/// <param name="FitOn">What the perturbation is fitted to: training or validation examples.</param>
public abstract record UniversalSpec(ExamplesSpec FitOn) : AttackSpec;

/// <summary>
/// Universal adversarial perturbations of Moosavi-Dezfooli et al. (CVPR 2017): for each image that the perturbation does not fool yet, DeepFool's
/// step from the perturbed image is added and the sum projected onto the ball.
/// </summary>
/// <param name="Delta">Passes go on until a fraction of 1 − delta of the images fitted to is fooled, in (0, 1).</param>
/// <param name="Passes">At most, from 1; images come in a new order in each.</param>
/// <param name="Steps">Of DeepFool, at least 3: as in the authors' code an image counts only if it is fooled before the last but one.</param>
/// <param name="Overshoot">Of DeepFool.</param>
/// <param name="Classes">Of DeepFool.</param>
public sealed record UniversalDeepFool(
    ExamplesSpec FitOn, double Delta = 0.2, int Passes = 20, int Steps = 10, double Overshoot = 0.02, int Classes = 10) : UniversalSpec(FitOn);

/// <summary>
/// A perturbation fitted by stochastic gradient ascent on the cross-entropy, which is cut off so that no single image can rule
/// (Shafahi et al., "Universal adversarial training", AAAI 2020). Steps are the gradient's sign (L∞) or direction (L2), then projected.
/// </summary>
/// <param name="Epochs">At least 1; batches are drawn anew in each.</param>
/// <param name="Step">Length of a step in the first epoch, as a fraction of ε.</param>
/// <param name="Decay">Factor of the step's length after each epoch, in (0, 1]; 1: constant, as in the code most used, whose decay has no effect.</param>
/// <param name="Cap">Largest cross-entropy that counts, in nats.</param>
public sealed record UniversalSgd(
    ExamplesSpec FitOn, int Epochs = 10, int Batch = 100, double Step = 0.8, double Decay = 1, double Cap = 12) : UniversalSpec(FitOn);
