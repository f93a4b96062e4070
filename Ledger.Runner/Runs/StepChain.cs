using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Runs;

/// <summary>
/// A step before its inputs are there: its configuration and seeds on top of those of every step it depends on. Two planned steps with
/// equal chains will have equal keys, so one of them is computed and the other takes it over.
/// </summary>
public static class StepChain
{
    public static ContentHash Of(RunPlan plan, PlannedStep step) => CanonicalJson.Digest("ledger/step-chain/1", new
    {
        step.Config,
        step.SeedPath,
        plan.Seed,
        plan.Threads,
        Inputs = step.Inputs.ToDictionary(input => input.Key, input => Of(plan, plan.Steps.Single(earlier => earlier.Path == input.Value)).ToString()),
    });
}
