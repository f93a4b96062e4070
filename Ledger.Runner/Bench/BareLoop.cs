using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Torch;
using static TorchSharp.torch;

namespace Ledger.Runner.Bench;

/// <summary>The least a training loop does, with TorchSharp's own optimizer: what the trainer is held against.</summary>
internal sealed class BareLoop(Network network, ExampleTensors examples) : IDisposable
{
    private readonly optim.Optimizer optimizer = optim.SGD(network.Parameters, 0.01, momentum: 0.9);
    private readonly Generator order = Determinism.Generator(1);

    public double Epoch(int batchSize)
    {
        network.Training = true;
        using var scope = NewDisposeScope();
        var rows = randperm(examples.Count, dtype: ScalarType.Int64, generator: order);
        var sum = 0.0;
        for (var from = 0; from < examples.Count; from += batchSize)
        {
            using var step = NewDisposeScope();
            var batch = examples.Rows(rows.narrow(0, from, Math.Min(batchSize, examples.Count - from)));
            optimizer.zero_grad();
            var loss = nn.functional.cross_entropy(network.Forward(batch.Pixels), batch.Labels);
            loss.backward();
            optimizer.step();
            sum += loss.item<float>();
        }

        return sum;
    }

    public void Dispose()
    {
        optimizer.Dispose();
        order.Dispose();
    }
}
