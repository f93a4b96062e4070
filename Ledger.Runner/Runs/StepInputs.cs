using Ledger.Domain.Models;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Runs;

/// <summary>What a step takes from earlier ones.</summary>
/// <param name="Models">Role → network.</param>
/// <param name="Perturbed">The kept examples of the attack in role <c>attack</c>.</param>
public sealed record StepInputs(IReadOnlyDictionary<string, ModelRef> Models, ArtifactRef? Perturbed)
{
    /// <param name="made">Path → what that step came to, for every input of the step.</param>
    public static StepInputs Of(PlannedStep step, IReadOnlyDictionary<string, StepCompletion> made)
    {
        var inputs = step.Inputs.ToDictionary(input => input.Key, input => made[input.Value]);
        return new StepInputs(
            inputs.Where(input => StepArtifacts.ModelOf(input.Value) is not null).ToDictionary(input => input.Key, input => StepArtifacts.ModelOf(input.Value)!),
            inputs.Values.OfType<AttackCompleted>().FirstOrDefault()?.Perturbed);
    }

    /// <summary>Role and part → digest: what of the inputs enters the step's key.</summary>
    public IEnumerable<KeyValuePair<string, string>> Digests()
    {
        foreach (var (role, model) in Models)
        {
            yield return new($"{role}.architecture", model.Architecture.Digest);
            yield return new($"{role}.weights", model.Weights.Digest);
        }

        if (Perturbed is not null)
            yield return new("attack.perturbed", Perturbed.Digest);
    }
}
