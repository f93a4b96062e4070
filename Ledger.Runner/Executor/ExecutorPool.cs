using System.Collections.Concurrent;

namespace Ledger.Runner.Executor;

/// <summary>At most so many executors at once, kept warm between steps.</summary>
/// <param name="size">Executors side by side.</param>
public sealed class ExecutorPool(ExecutorSettings settings, int size, string logFolder) : IAsyncDisposable
{
    private readonly SemaphoreSlim places = new(size);
    private readonly ConcurrentBag<ExecutorProcess> warm = [];

    public int Size => size;

    /// <summary>Where they all write what they print.</summary>
    public string LogFile => Path.Combine(logFolder, "executors.log");

    /// <summary>Waits for a place and lends an executor; disposing the lease gives it back, or replaces it if it failed.</summary>
    public async Task<Lease> Lend(CancellationToken stop)
    {
        await places.WaitAsync(stop);
        try
        {
            if (!warm.TryTake(out var executor))
                executor = await ExecutorProcess.Start(settings, LogFile, stop);
            return new Lease(this, executor);
        }
        catch
        {
            places.Release();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var executor in warm)
            await executor.DisposeAsync();
        places.Dispose();
    }

    public sealed class Lease(ExecutorPool pool, ExecutorProcess executor) : IAsyncDisposable
    {
        public ExecutorProcess Executor => executor;

        public async ValueTask DisposeAsync()
        {
            if (executor.Usable)
                pool.warm.Add(executor);
            else
                await executor.DisposeAsync();
            pool.places.Release();
        }
    }
}
