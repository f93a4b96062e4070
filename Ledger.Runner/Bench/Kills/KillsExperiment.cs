using System.Globalization;

namespace Ledger.Runner.Bench.Kills;

/// <summary>
/// What runs while it is disturbed: every kind of step, trainings long enough to be killed within, runs that share them, and results whose bits
/// say whether anything went wrong. Not a study.
/// </summary>
public sealed record KillsExperiment(int Epochs, int Seeds)
{
    /// <summary>Variables for its commands: trainings are saved after every epoch.</summary>
    public static IReadOnlyDictionary<string, string> SavedOften { get; } = new Dictionary<string, string> { [Composition.CheckpointVariable] = "0" };

    public string Yaml => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""
        ledger: 1
        experiment: kills
        about: Something to be killed.
        seeds: [{{{string.Join(", ", Enumerable.Range(1, Seeds))}}}]
        data:
          fashion: {source: fashion-mnist-sample, train: {first: 2000}, normalize: {mean: [0.286], std: [0.353]}}
        models:
          net: {kind: mlp, hidden: [128]}
        adversaries:
          train: {norm: linf, eps: 0.1, attack: pgd, steps: 4}
          pgd: {norm: linf, eps: 0.1, attack: pgd, steps: 10}
        recipes:
          base: {optimizer: {adam: {lr: 1e-3}}, batch: 64, epochs: {{{Epochs}}}}
        matrix:
          base:
            standard: {adversary: none}
            adversarial: {adversary: train}
          compress:
            none: {}
            magnitude: {method: magnitude, ratio: 0.5, scope: global}
            int8: {method: ptq, bits: 8, weights: per-channel, activations: per-tensor, calibrate: {min-max: fashion.train, first: 128}}
        steps:
          base: {train: net, recipe: base, adversary: $base.adversary}
          small: {compress: $compress, model: base, when: compress is not none}
          pgd: {attack: pgd, model: small, data: {fashion.test: {first: 500} }}
          clean: {measure: [accuracy, parameters, sparsity], model: small, data: fashion.test}
        """);
}
