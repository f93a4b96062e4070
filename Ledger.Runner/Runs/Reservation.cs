namespace Ledger.Runner.Runs;

/// <summary>The lock of a step's key, taken for a run before it gets there; given up with the run if it turns out to need another.</summary>
public sealed class Reservation(string key, IAsyncDisposable held) : IAsyncDisposable
{
    private IAsyncDisposable? held = held;

    /// <summary>The lock, once, if it is this key's; else null.</summary>
    public IAsyncDisposable? Use(string wanted) => wanted == key ? Interlocked.Exchange(ref held, null) : null;

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref held, null) is { } unused ? unused.DisposeAsync() : ValueTask.CompletedTask;
}
