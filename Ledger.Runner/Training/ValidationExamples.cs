using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;
using Ledger.Runner.Attacks;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using static TorchSharp.torch;

namespace Ledger.Runner.Training;

/// <summary>Examples set aside, on which a network is looked at between epochs, in evaluation mode and without perturbation.</summary>
internal sealed class ValidationExamples(Examples data) : IDisposable
{
    private readonly ExampleTensors examples = new(data);

    public Validated Of(Architecture architecture, IReadOnlyList<NamedTensor> state)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Network.Load(architecture, state);
        var (loss, right) = (0.0, 0L);
        for (var from = 0; from < examples.Count; from += AttackEvaluation.BatchSize)
        {
            using var inner = NewDisposeScope();
            var batch = examples.Rows(from, Math.Min(examples.Count, from + AttackEvaluation.BatchSize));
            var logits = network.Forward(batch.Pixels);
            loss += nn.functional.cross_entropy(logits, batch.Labels, reduction: nn.Reduction.Sum).item<float>();
            right += logits.argmax(1).eq(batch.Labels).sum().item<long>();
        }

        return new Validated(loss / examples.Count, right / (double)examples.Count);
    }

    public void Dispose() => examples.Dispose();
}
