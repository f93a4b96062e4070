using Ledger.Domain.Experiments;

namespace Ledger.Runner.Compression;

/// <summary>How often a compression goes over its training examples.</summary>
public static class PruningEpochs
{
    /// <summary>Trainings within the compression.</summary>
    public static int Rounds(CompressionSpec compression) => compression switch
    {
        MagnitudePruning { Rounds: { } rounds } => rounds.Count - 1,
        LearnedScores => 1,
        _ => 0,
    };

    /// <summary>Epochs the step will record; null where it trains nothing.</summary>
    public static int? Of(StepSpec spec) => spec switch
    {
        TrainSpec train => train.Recipe.Epochs,
        CompressSpec { Training: { } training } compress => training.Recipe.Epochs * Rounds(compress.Compression),
        _ => null,
    };
}
