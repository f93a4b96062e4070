using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Runner.Compression;
using Ledger.Runner.Measures;
using Ledger.Runner.Torch;
using Ledger.Runner.Training;
using TorchSharp;

namespace Ledger.Runner.Steps;

/// <summary>Computes one step of any kind, in the executor process.</summary>
public static class StepExecution
{
    /// <remarks>
    /// Every tensor of a step is held by a scope from its making. TorchSharp does not keep a tensor alive while native code reads it, so that a
    /// temporary one outside any scope, as in <c>tensor(values).view(-1)</c>, can be freed by the garbage collector in the middle of the operation
    /// (seen: a segmentation fault in <c>view</c>).
    /// </remarks>
    public static (StepCompletion Completion, IReadOnlyList<ResultFlagged> Flags) Run(
        StepTask task, Action<EpochCompleted> epoch, CancellationToken stop)
    {
        Determinism.Prepare(task.Threads);
        using var scope = torch.NewDisposeScope();
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
