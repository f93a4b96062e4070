using System.Diagnostics;
using Ledger.Domain.Evidence;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Training.Checkpoints;

/// <summary>
/// Saves a training between epochs, but only so often that saving stays below a fiftieth of the time: at most once in
/// <see cref="CheckpointPlace.EverySeconds"/>, and not before fifty times as long has gone by as the last one took.
/// </summary>
internal sealed class TrainingCheckpoints(CheckpointPlace place)
{
    private const int Share = 50;

    private long since = Stopwatch.GetTimestamp();
    private TimeSpan pause = TimeSpan.FromSeconds(place.EverySeconds);

    /// <summary>Sets the training to where the checkpoint left it.</summary>
    /// <exception cref="StepFailure">The checkpoint is gone, damaged, or of another training.</exception>
    public void Restore(Trainer trainer, TrainingProgress progress)
    {
        if (place.ResumeFrom is not { } epoch)
            return;
        var saved = CheckpointFile.In(place.Folder).FirstOrDefault(file => file.Epoch == epoch)?.Read()
            ?? throw new StepFailure(FailureCodes.Checkpoint, $"the checkpoint of epoch {epoch} in {place.Folder} is gone or damaged; give the command again to begin anew");
        var restoring = new StateRestoring(saved.State);
        trainer.Transfer(restoring.In("trainer"));
        progress.Transfer(restoring.In("progress"));
        if (Torch.TensorBytes.Digest(trainer.State()).ToString() != saved.Digest)
            throw new StepFailure(FailureCodes.Checkpoint, $"the network restored from the checkpoint of epoch {epoch} in {place.Folder} is not the one that was saved");
    }

    /// <summary>Where there is no room for a checkpoint the training goes on without: it only has further to go if it is stopped.</summary>
    private void Save(int epoch, string digest, StateSaving saving)
    {
        try
        {
            CheckpointFile.Write(place.Folder, epoch, ContentHash.Parse(digest), saving.Saved, epoch - CheckpointPlace.EpochsAhead);
        }
        catch (IOException full)
        {
            Console.Error.WriteLine($"no checkpoint of epoch {epoch} in {place.Folder}: {full.Message}");
        }
    }

    /// <param name="digest">Of the network's state after the epoch.</param>
    public void Offer(int epoch, string digest, Trainer trainer, TrainingProgress progress)
    {
        if (Stopwatch.GetElapsedTime(since) < pause)
            return;
        var began = Stopwatch.GetTimestamp();
        var saving = new StateSaving();
        trainer.Transfer(saving.In("trainer"));
        progress.Transfer(saving.In("progress"));
        Save(epoch, digest, saving);
        since = Stopwatch.GetTimestamp();
        pause = TimeSpan.FromSeconds(place.EverySeconds == 0 ? 0 : Math.Max(place.EverySeconds, Share * Stopwatch.GetElapsedTime(began, since).TotalSeconds));
    }
}
