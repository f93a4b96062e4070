using System.Diagnostics;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;

namespace Ledger.Runner.Attacks;

/// <summary>The attack step: what one adversary finds on the given examples, one outcome for each.</summary>
public static class AttackStep
{
    /// <exception cref="StepFailure">The examples do not fit the network, or a perturbation came out outside the threat.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static (AttackCompleted Completion, IReadOnlyList<ResultFlagged> Flags) Run(StepTask task, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var spec = (AttackStepSpec)task.Spec;
        var store = new ArtifactStore(task.Artifacts);
        var data = Examples.Read(task.Sources[spec.Data.Source], spec.Data);
        using var network = ModelFiles.Load(store, task.Models["model"]);
        using var frozen = new FrozenNetwork(network);
        EvaluatedExamples.RefuseMismatch(network.Architecture, data);
        using var parent = Parent(store, task, spec.Adversary);
        using var attacked = new AttackedNetwork(network.Forward, spec.Adversary.Threat, network.Architecture);
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var pixels = EvaluatedExamples.Pixels(data);
        IReadOnlyList<BatchAttack> attacks = spec.Adversary.Attack is UniversalSpec universal
            ? [UniversalFit.Of(universal, task, attacked, stop)]
            : AttackParts.Of(spec.Adversary, parent, task.Models.GetValueOrDefault("parent") == task.Models["model"]);
        var found = AttackEvaluation.Run(
            attacked, attacks, pixels, [.. data.Labels.Select(label => (long)label)], [.. data.Indices.Select(index => (long)index)],
            task.Seeds[SeedPurposes.Attack], stop, strongest: spec.KeepExamples is true);
        Outcome[] outcomes = [.. found.Examples.Select(example => example.Outcome())];
        var completion = new AttackCompleted(
            task.Step, EvaluatedExamples.Store(store, outcomes), data.Digest().ToString(), data.Count,
            found.Correct, found.Broken, spec.Adversary.Threat.Eps.FloatBits, found.Parts is [var only] ? only.Attack.StepSize : 0,
            Gradient(network.Architecture), found.GradientEvaluations, found.MaxDistance, Stopwatch.GetElapsedTime(began).TotalSeconds,
            found.Parts.Count > 1 ? [.. found.Parts.Select(part => part.Counts)] : null, found.ForwardEvaluations,
            spec.KeepExamples is true ? EvaluatedExamples.StorePixels(store, found.Kept, Fitted(attacks)) : null,
            found.Parts.SelectMany(part => part.Attack.Metrics(found, attacked)).ToList() is { Count: > 0 } metrics ? metrics : null,
            StandingExamples.Of(outcomes));
        return (completion, Suspicions.Of(task.Step, found, attacked));
    }

    /// <summary>Null where nothing is transferred, or there is nothing to transfer from.</summary>
    private static Network? Parent(ArtifactStore store, StepTask task, Adversary adversary)
    {
        if (!AttackNames.Parts(adversary.Attack).Any(part => part is Transfer) || !task.Models.TryGetValue("parent", out var model))
            return null;
        var parent = ModelFiles.Load(store, model);
        _ = new FrozenNetwork(parent);
        return parent;
    }

    private static IEnumerable<NamedTensor> Fitted(IReadOnlyList<BatchAttack> attacks) =>
        attacks.OfType<UniversalAttack>().Select(attack => TensorBytes.Name("perturbation", attack.Perturbation));

    /// <summary>Integer weights are constants to an input gradient; only rounded activations need the straight-through rule.</summary>
    private static string Gradient(Architecture architecture) =>
        architecture.Nodes.Any(node => node is FakeQuantize) ? "straight-through" : "exact";
}

/// <summary>Examples on their way into an evaluation, and outcomes on their way out.</summary>
internal static class EvaluatedExamples
{
    public static TorchSharp.torch.Tensor Pixels(Examples data)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        long[] shape = [data.Count, .. data.Shape.Select(side => (long)side)];
        return TorchSharp.torch.tensor(data.Pixels, TorchSharp.torch.ScalarType.Byte).reshape(shape).DetachFromDisposeScope();
    }

    /// <exception cref="StepFailure"/>
    public static void RefuseMismatch(Architecture architecture, Examples data)
    {
        if (!architecture.Input.AsSpan().SequenceEqual(data.Shape) || architecture.Classes < data.Classes)
        {
            throw new StepFailure(
                FailureCodes.Error,
                $"the examples are {string.Join("×", data.Shape)} with {data.Classes} classes; the network takes {string.Join("×", architecture.Input)} and knows {architecture.Classes}");
        }
    }

    public static ArtifactRef Store(ArtifactStore store, IReadOnlyList<Outcome> outcomes)
    {
        // Parquet.Net writes to memory here and never waits.
        var stored = store.Put(Outcomes.WriteAsync(outcomes).GetAwaiter().GetResult());
        return new ArtifactRef(stored.Hash.ToString(), stored.Size);
    }

    /// <summary>Safetensors with a tensor <c>pixels</c>, float32 [n, channels, height, width], in the order of the examples.</summary>
    /// <param name="others">Further tensors: the <c>perturbation</c> of a universal attack, [1, channels, height, width] in the threat's units.</param>
    public static ArtifactRef StorePixels(ArtifactStore store, TorchSharp.torch.Tensor pixels, IEnumerable<NamedTensor> others)
    {
        var stored = store.Put(SafeTensors.Write([TensorBytes.Name("pixels", pixels), .. others]));
        return new ArtifactRef(stored.Hash.ToString(), stored.Size);
    }
}
