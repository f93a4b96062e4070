using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Compression;
using Ledger.Runner.Measures;
using Ledger.Runner.Torch;
using Ledger.Runner.Training;

namespace Ledger.Runner.Steps;

/// <summary>Computes one step of any kind, in the executor process.</summary>
public static class StepExecution
{
    public static (StepCompletion Completion, IReadOnlyList<ResultFlagged> Flags) Run(
        StepTask task, Action<EpochCompleted> epoch, CancellationToken stop)
    {
        Determinism.Prepare(task.Threads);
        return task.Spec switch
        {
            TrainSpec => TrainStep.Run(task, epoch, stop),
            CompressSpec => CompressStep.Run(task, epoch, stop),
            AttackStepSpec => AttackStep.Run(task, stop),
            MeasureSpec => MeasureStep.Run(task, stop),
            _ => throw new NotSupportedException($"no step of kind {task.Spec.GetType().Name}"),
        };
    }
}
