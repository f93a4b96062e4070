using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Runs;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Bench.Recording;

/// <summary>One run of some seconds, with a step of every kind, to be computed with and without a ledger. Not a study.</summary>
internal static class MeasuredRun
{
    public const string Yaml =
        """
        ledger: 1
        experiment: measured
        about: Something to be measured.
        seeds: [1]
        data:
          fashion: {source: fashion-mnist-sample, train: {first: 3000}, normalize: {mean: [0.286], std: [0.353]}}
        models:
          net: {kind: small-cnn}
        adversaries:
          pgd: {norm: linf, eps: 0.1, attack: pgd, steps: 10}
        recipes:
          base: {optimizer: {adam: {lr: 1e-3}}, batch: 128, epochs: 3}
        steps:
          base: {train: net, recipe: base, adversary: none}
          small: {compress: {method: magnitude, ratio: 0.5, scope: global}, model: base}
          pgd: {attack: pgd, model: small, data: {fashion.test: {first: 320}}}
          clean: {measure: [accuracy, parameters, sparsity], model: small, data: fashion.test}
        """;

    /// <summary>The steps of a plan computed in this process, one after another, with their artifacts and without a record of anything.</summary>
    public static void Compute(Workshop shop, Planned plan, CancellationToken stop)
    {
        var made = new Dictionary<string, StepCompletion>(StringComparer.Ordinal);
        foreach (var step in plan.Steps)
        {
            var spec = step.Config.Deserialize<StepSpec>(LedgerJson.Options)!;
            var inputs = StepInputs.Of(step, made);
            var task = new StepTask(
                step.Path, spec, inputs.Models, StepIdentities.Seeds(step, spec, plan.Seed), shop.Pins.Locations(spec), shop.Artifacts.Folder, plan.Threads, inputs.Perturbed);
            made[step.Path] = StepExecution.Run(task, _ => { }, stop).Completion;
        }
    }
}
