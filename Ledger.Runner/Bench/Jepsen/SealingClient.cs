using Ledger.Domain.Store;
using Ledger.Runner.Seals;

namespace Ledger.Runner.Bench.Jepsen;

/// <summary>Seals again and again, as the program does beside its runs, and keeps every seal it is given.</summary>
internal sealed class SealingClient(Sealing sealing, Told told)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public async Task Seal(CancellationToken over, CancellationToken stop)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                told.Sealed(await sealing.Seal(stop));
                await Task.Delay(Pause, stop);
            }
            catch (Unavailable)
            {
                told.GivenAgain();
            }
        }
    }
}
