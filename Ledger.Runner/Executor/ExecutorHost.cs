using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;

namespace Ledger.Runner.Executor;

/// <summary>
/// The child process: computes steps and says what came out. It has no database credentials, ignores SIGINT (the recorder decides),
/// dies with the recorder, and is the first to go when memory runs out.
/// </summary>
public sealed class ExecutorHost : IDisposable
{
    private static readonly string[] OutOfMemoryWords = ["can't allocate memory", "not enough memory", "out of memory", "bad_alloc"];

    private readonly AnonymousPipeClientStream incoming;
    private readonly AnonymousPipeClientStream outgoing;
    private readonly Lock writing = new();
    private readonly BlockingCollection<Work> queue = [];
    private readonly SemaphoreSlim ahead = new(CheckpointPlace.EpochsAhead);
    private readonly CancellationTokenSource closed = new();

    private ExecutorHost(string readHandle, string writeHandle)
    {
        incoming = new AnonymousPipeClientStream(PipeDirection.In, readHandle);
        outgoing = new AnonymousPipeClientStream(PipeDirection.Out, writeHandle);
    }

    /// <summary>The child's whole life: ends when the recorder closes its end of the pipe.</summary>
    public static int Live(string readHandle, string writeHandle, int threads)
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var host = new ExecutorHost(readHandle, writeHandle);
        BeFirstOutOfMemory();
        Start("executor-in", host.ReadUntilClosed);
        host.Greet(threads);
        Start("executor-heartbeat", host.Beat);
        foreach (var work in host.queue.GetConsumingEnumerable())
            host.Send(host.Compute(work));
        return 0;
    }

    public void Dispose()
    {
        closed.Cancel();
        incoming.Dispose();
        outgoing.Dispose();
        queue.Dispose();
        ahead.Dispose();
        closed.Dispose();
    }

    private void Greet(int threads)
    {
        try
        {
            Determinism.Prepare(threads);
            Send(new Hello(Hello.CurrentProtocol, Hello.CurrentBuild, Environment.ProcessId, Environments.EnvironmentCapture.Capture(Determinism.Facts(), AppContext.BaseDirectory)));
        }
        catch (LedgerException missing)
        {
            Send(new NotDone(0, FailureCodes.Error, missing.Message));
        }
    }

    private FromExecutor Compute(Work work)
    {
        try
        {
            var (completion, flags) = StepExecution.Run(work.Task, epoch => Report(work.Id, epoch), closed.Token);
            return new Done(work.Id, completion, flags);
        }
        catch (StepFailure failure)
        {
            return new NotDone(work.Id, failure.Code, failure.Message);
        }
        catch (LedgerException refusal)
        {
            return new NotDone(work.Id, refusal.Code, refusal.Message);
        }
        catch (Exception failed) when (IsOutOfMemory(failed))
        {
            return new NotDone(
                work.Id, FailureCodes.OutOfMemory, $"an allocation failed: {failed.Message.Split('\n')[0]}; fewer runs side by side (--parallel) or smaller batches may help");
        }
        catch (Exception unforeseen) when (unforeseen is not OperationCanceledException)
        {
            // A failing step is data: it goes into the ledger with its whole story, and the log has the stack.
            Console.Error.WriteLine(Redaction.Redacted(unforeseen.ToString()));
            return new NotDone(work.Id, FailureCodes.Error, $"{unforeseen.GetType().Name}: {unforeseen.Message}");
        }
    }

    private void Report(long id, EpochCompleted epoch)
    {
        ahead.Wait(closed.Token);
        Send(new EpochDone(id, epoch));
    }

    private void ReadUntilClosed()
    {
        while (Frames.Read<ToExecutor>(incoming) is { } message)
        {
            if (message is Work work)
                queue.Add(work);
            else
                ahead.Release();
        }

        // The recorder is gone. Native code cannot be interrupted, so neither cancellation nor Exit would be prompt.
        NativeExit(0);
    }

    private void Beat()
    {
        while (!closed.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(1)))
            Send(new Heartbeat());
    }

    private void Send(FromExecutor message)
    {
        try
        {
            lock (writing)
                Frames.Write(outgoing, message);
        }
        catch (IOException)
        {
            // A broken pipe: nobody is left to tell.
            NativeExit(0);
        }
    }

    private static void Start(string name, Action body) => new Thread(() => body()) { Name = name, IsBackground = true }.Start();

    /// <summary>libtorch's exceptions have no types here; its CPU allocator, its CUDA allocator and the C++ library say it like this.</summary>
    private static bool IsOutOfMemory(Exception failed) => failed is OutOfMemoryException
        || (failed is ExternalException && OutOfMemoryWords.Any(words => failed.Message.Contains(words, StringComparison.Ordinal)));

    private static void BeFirstOutOfMemory()
    {
        const string Adjustment = "/proc/self/oom_score_adj";
        if (File.Exists(Adjustment))
            File.WriteAllText(Adjustment, 1000.ToString(CultureInfo.InvariantCulture));
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void NativeExit(int status);
}
