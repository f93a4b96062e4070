using Ledger.Domain.Evidence;
using Ledger.Domain.Replays;
using Ledger.Domain.Runs;
using Ledger.Runner.Replays;
using Ledger.Runner.Steps;
using Ledger.Runner.Training.Checkpoints;

namespace Ledger.Runner.Runs;

/// <summary>Where a step's checkpoints are, and which of them may be gone on from: only one whose epoch the ledger knows with the same digest.</summary>
public static class StepCheckpoints
{
    /// <param name="key">Checkpoints of another key are of another step, even in the same run.</param>
    public static async Task<CheckpointPlace> Place(Workshop shop, RunState run, PlannedStep step, ContentHash key, CancellationToken stop)
    {
        var folder = Path.Combine(shop.Artifacts.Folder, "checkpoints", key.ToString());
        var place = new CheckpointPlace(folder, shop.CheckpointEvery.TotalSeconds);
        if (run.Steps[step.Path] is not { Epochs: > 0, Started: { } started } || started.Key != key.ToString())
            return place;
        var trace = StepTrace.Of(step.Path, await OriginalRun.Events(shop.Store, run.Run, stop));
        return place with { ResumeFrom = CheckpointFile.In(folder).FirstOrDefault(file => Stands(file, trace))?.Epoch };
    }

    /// <summary>When the step is at its end.</summary>
    public static void Forget(CheckpointPlace place)
    {
        if (Directory.Exists(place.Folder))
            Directory.Delete(place.Folder, recursive: true);
    }

    private static bool Stands(CheckpointFile file, StepTrace trace) =>
        file.Epoch <= trace.Epochs.Count && file.Read()?.Digest == trace.Epochs[file.Epoch - 1].WeightsDigest;
}
