using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;

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

    /// <summary>The checkpoint to go on from; null: the step begins anew.</summary>
    /// <exception cref="StepFailure">It is gone or damaged.</exception>
    public SavedTraining? Saved()
    {
        if (place.ResumeFrom is not { } epoch)
            return null;
        var (state, digest) = CheckpointFile.In(place.Folder).FirstOrDefault(file => file.Epoch == epoch)?.Read()
            ?? throw new StepFailure(FailureCodes.Checkpoint, $"the checkpoint of epoch {epoch} in {place.Folder} is gone or damaged; give the command again to begin anew");
        return new SavedTraining(new StateRestoring(state), digest);
    }

    /// <param name="digest">Of the network's state after the epoch.</param>
    /// <param name="transfer">Names everything that the epochs to come depend on.</param>
    public void Offer(int epoch, string digest, Action<StateTransfer> transfer)
    {
        if (Stopwatch.GetElapsedTime(since) < pause)
            return;
        var began = Stopwatch.GetTimestamp();
        var saving = new StateSaving();
        transfer(saving);
        Save(epoch, digest, saving);
        since = Stopwatch.GetTimestamp();
        pause = TimeSpan.FromSeconds(place.EverySeconds == 0 ? 0 : Math.Max(place.EverySeconds, Share * Stopwatch.GetElapsedTime(began, since).TotalSeconds));
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
}

/// <summary>What a checkpoint holds.</summary>
/// <param name="Digest">Of the network's state in it.</param>
internal sealed record SavedTraining(StateTransfer State, string Digest)
{
    /// <param name="restored">The network's state after the transfer.</param>
    /// <exception cref="StepFailure">It is not the one that was saved: the checkpoint is of another training.</exception>
    public void MustGive(IReadOnlyList<NamedTensor> restored)
    {
        if (TensorBytes.Digest(restored).ToString() != Digest)
            throw new StepFailure(FailureCodes.Checkpoint, "the network restored from the checkpoint is not the one that was saved; give the command again to begin anew");
    }
}
