using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Postgres;

public sealed class FileLockTests : IDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("ledger-tests-").FullName, "a.lock");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    [Theory]
    [InlineData(LockKind.Shared, LockKind.Shared, true)]
    [InlineData(LockKind.Shared, LockKind.Exclusive, false)]
    [InlineData(LockKind.Exclusive, LockKind.Shared, false)]
    [InlineData(LockKind.Exclusive, LockKind.Exclusive, false)]
    internal void Shared_locks_go_together_and_exclusive_ones_stand_alone(LockKind first, LockKind second, bool together)
    {
        using FileLock? held = FileLock.TryAcquire(path, first);
        held.ShouldNotBeNull();
        using FileLock? other = FileLock.TryAcquire(path, second);
        (other is not null).ShouldBe(together);
    }

    [Fact]
    public async Task A_waiter_gets_the_lock_once_it_is_free()
    {
        FileLock held = FileLock.TryAcquire(path, LockKind.Exclusive)!;
        Task<FileLock> waiting = FileLock.Acquire(path, LockKind.Exclusive, TestContext.Current.CancellationToken);
        await Task.Delay(60, TestContext.Current.CancellationToken);
        waiting.IsCompleted.ShouldBeFalse();
        held.Dispose();
        using FileLock got = await waiting;
        FileLock.TryAcquire(path, LockKind.Shared).ShouldBeNull();
    }

    [Fact]
    public async Task Many_at_once_get_an_exclusive_lock_one_after_the_other()
    {
        int inside = 0;
        int most = 0;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
        {
            using FileLock held = await FileLock.Acquire(path, LockKind.Exclusive, TestContext.Current.CancellationToken);
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        })));
        most.ShouldBe(1);
    }

    [Fact]
    public async Task A_child_does_not_inherit_the_lock()
    {
        FileLock held = FileLock.TryAcquire(path, LockKind.Exclusive)!;
        using System.Diagnostics.Process child = System.Diagnostics.Process.Start("/bin/sleep", "30");
        held.Dispose();
        using FileLock? again = FileLock.TryAcquire(path, LockKind.Exclusive);
        again.ShouldNotBeNull();
        child.Kill();
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
