using System.Diagnostics;
using System.Globalization;
using Ledger.Domain.Runs;
using Ledger.Runner.Executor;
using Ledger.Tests.Training;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>Real executors to which something is done from outside.</summary>
public sealed class DyingExecutorsTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-dying-").FullName;

    public DyingExecutorsTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "signals and limits of Linux");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_abort_in_native_code_is_a_failed_step()
    {
        await using var executor = await Start();
        var result = await executor.Run(Sample.Training(folder, epochs: 10_000), _ => Command("kill", "-ABRT", Id(executor)), Long, Stop);
        result.ShouldBeOfType<NotDone>().ShouldSatisfyAllConditions(
            failed => failed.Code.ShouldBe(FailureCodes.Aborted), failed => failed.Message.ShouldContain("SIGABRT (native code aborted)"));
    }

    [Fact]
    public async Task Memory_that_is_not_there_is_a_failed_step_that_says_so()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/prlimit"), "the child's memory is limited with prlimit (package util-linux)");
        await using var executor = await Start();
        (await executor.Run(Sample.Training(folder, epochs: 1), _ => Task.CompletedTask, Long, Stop)).ShouldBeOfType<Done>();
        // The weights of the next network alone take 200 MB, the gradients and Adam's moments three times as much.
        var limit = VirtualBytes(executor.Id) + (500L << 20);
        await Command("prlimit", "--pid", Id(executor), string.Create(CultureInfo.InvariantCulture, $"--as={limit}"));

        var result = await executor.Run(Sample.Training(folder, epochs: 1, hidden: 65_536), _ => Task.CompletedTask, Long, Stop);

        result.ShouldBeOfType<NotDone>().ShouldSatisfyAllConditions(
            failed => failed.Code.ShouldBe(FailureCodes.OutOfMemory), failed => failed.Message.ShouldContain("--parallel"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Id(ExecutorProcess executor) => executor.Id.ToString(CultureInfo.InvariantCulture);

    private static long VirtualBytes(int process) =>
        long.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[0], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    private static async Task Command(params string[] command)
    {
        using var process = Process.Start(command[0], command.Skip(1));
        await process.WaitForExitAsync(Stop);
    }

    private Task<ExecutorProcess> Start() => ExecutorProcess.Start(new ExecutorSettings(1), Path.Combine(folder, "executor.log"), Stop);
}
