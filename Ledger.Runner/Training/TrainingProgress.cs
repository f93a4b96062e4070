using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Runner.Training.Checkpoints;

namespace Ledger.Runner.Training;

/// <summary>How far a training is, what it cost, and which weights it would end with now.</summary>
internal sealed class TrainingProgress(Recipe recipe)
{
    private readonly BestEpoch best = new(recipe.Keep);
    private readonly Patience patience = new(recipe.Stop);
    private readonly long began = Stopwatch.GetTimestamp();
    private int epochs;
    private long evaluations;
    private double before;
    private IReadOnlyList<NamedTensor> kept = [];

    /// <summary>Carried out so far.</summary>
    public int Epochs => epochs;

    public long GradientEvaluations => evaluations;

    /// <summary>Wall time, that before an interruption included.</summary>
    public double Seconds => before + Stopwatch.GetElapsedTime(began).TotalSeconds;

    /// <summary>The state of the best epoch so far, or of the last.</summary>
    public IReadOnlyList<NamedTensor> Kept => kept;

    /// <summary>From 1.</summary>
    public int KeptEpoch => best.Number;

    /// <param name="state">The network's after the epoch.</param>
    /// <param name="validated">Null where there are no validation examples.</param>
    /// <returns>Whether the epoch was the last.</returns>
    public bool Ends(EpochResult epoch, IReadOnlyList<NamedTensor> state, Validated? validated)
    {
        epochs++;
        evaluations += epoch.GradientEvaluations;
        if (best.Sees(epochs, validated))
            kept = state;
        return patience.Ends(epochs, validated) || epochs >= recipe.Epochs;
    }

    public void Transfer(StateTransfer state)
    {
        state.Count("epochs", ref epochs);
        state.Count("evaluations", ref evaluations);
        var seconds = Seconds;
        state.Number("seconds", ref seconds);
        before = seconds - Stopwatch.GetElapsedTime(began).TotalSeconds;
        best.Transfer(state.In("best"));
        patience.Transfer(state.In("patience"));
        if (recipe.Keep is not null)
            state.Tensors("kept", ref kept);
    }
}
