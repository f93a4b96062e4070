using System.Globalization;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Runs;

/// <summary>
/// What a step's key is made of, in this environment and with this code. Digests of data sets are taken once per process.
/// </summary>
/// <param name="environmentClass">Digest of the class the executors run in.</param>
/// <param name="fingerprints">Kind of step → fingerprint of the code it runs.</param>
public sealed class StepIdentities(string environmentClass, Func<string, string> fingerprints, DatasetPins pins)
{
    public string EnvironmentClass => environmentClass;

    public StepKeyFields Fields(PlannedStep step, StepSpec spec, StepInputs inputs, long runSeed) => new(
        step.Kind,
        step.Config,
        Digests(spec, inputs),
        Seeds(step, spec, runSeed).ToDictionary(seed => seed.Key, seed => seed.Value.ToString(CultureInfo.InvariantCulture)),
        fingerprints(step.Kind),
        environmentClass);

    public static IReadOnlyDictionary<string, ulong> Seeds(PlannedStep step, StepSpec spec, long runSeed) =>
        SeedPurposes.Of(spec).ToDictionary(purpose => purpose, purpose => new SeedTree(runSeed).Of(step.SeedPath, purpose).Value);

    private Dictionary<string, string> Digests(StepSpec spec, StepInputs inputs) =>
        new(inputs.Digests().Concat(ExamplesOf(spec).Select(examples => KeyValuePair.Create(examples.Key, pins.Of(examples.Value).Digest))));

    /// <summary>Role → examples the step looks at.</summary>
    public static IReadOnlyDictionary<string, ExamplesSpec> ExamplesOf(StepSpec spec) => spec switch
    {
        TrainSpec { Validation: { } validation } train =>
            new Dictionary<string, ExamplesSpec> { ["data"] = train.Data, ["validation"] = validation },
        TrainSpec train => new Dictionary<string, ExamplesSpec> { ["data"] = train.Data },
        AttackStepSpec { Adversary.Attack: UniversalSpec universal } attack =>
            new Dictionary<string, ExamplesSpec> { ["data"] = attack.Data, ["fit"] = universal.FitOn },
        AttackStepSpec attack => new Dictionary<string, ExamplesSpec> { ["data"] = attack.Data },
        MeasureSpec { Data: { } data } => new Dictionary<string, ExamplesSpec> { ["data"] = data },
        CompressSpec { Training: { } training } => ExamplesOf(training),
        CompressSpec { Compression: PostTrainingQuantization quantization } =>
            new Dictionary<string, ExamplesSpec> { ["calibration"] = quantization.Calibration },
        CompressSpec { Compression: QuantizationAware quantization } =>
            new Dictionary<string, ExamplesSpec> { ["calibration"] = quantization.Calibration },
        _ => new Dictionary<string, ExamplesSpec>(),
    };
}
