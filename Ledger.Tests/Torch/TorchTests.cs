using Ledger.Runner.Torch;

namespace Ledger.Tests.Torch;

/// <summary>Tests that touch torch: one thread, libtorch loaded, and every tensor of a test disposed of after it.</summary>
public abstract class TorchTests : IDisposable
{
    private readonly TorchSharp.DisposeScope scope;

    static TorchTests() => Determinism.Prepare(threads: 1);

    protected TorchTests() => scope = TorchSharp.torch.NewDisposeScope();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => scope.Dispose();
}
