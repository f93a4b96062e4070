using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using System.Threading.Channels;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Executor;

/// <summary>
/// The recorder's end of one executor: a warm child process that computes one step at a time. After any failure it is killed
/// and a new one takes its place, because native state cannot be trusted then.
/// </summary>
public sealed class ExecutorProcess : IAsyncDisposable
{
    // A child started while another child's pipe handles are inheritable would keep that pipe open for ever.
    private static readonly SemaphoreSlim Starting = new(1);

    private readonly Process process;
    private readonly AnonymousPipeServerStream outgoing;
    private readonly AnonymousPipeServerStream incoming;
    private readonly Channel<FromExecutor> messages = Channel.CreateUnbounded<FromExecutor>();
    private readonly long oomKillsBefore = OomKills();
    private readonly string? crashReport;
    private readonly TimeSpan silence;
    private Task log = Task.CompletedTask;
    private long works;

    private ExecutorProcess(Process process, AnonymousPipeServerStream outgoing, AnonymousPipeServerStream incoming, string? crashReport, TimeSpan silence) =>
        (this.process, this.outgoing, this.incoming, this.crashReport, this.silence) = (process, outgoing, incoming, crashReport, silence);

    public EnvironmentFacts Environment { get; private set; } = null!;

    public int Id => process.Id;

    /// <summary>False once anything went wrong; the caller then disposes it and starts another.</summary>
    public bool Usable { get; private set; } = true;

    /// <summary>Starts a child and waits for its handshake.</summary>
    /// <param name="logFile">Where the child's standard output and error go.</param>
    /// <exception cref="StepFailure">The child did not come up, or is of another build.</exception>
    public static async Task<ExecutorProcess> Start(ExecutorSettings settings, string logFile, CancellationToken stop)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(logFile))!;
        Directory.CreateDirectory(folder);
        var executor = await Launch(settings, folder, stop);
        executor.log = executor.CopyOutput(logFile);
        executor.StartReading();
        try
        {
            executor.Environment = await executor.Handshake(stop);
            return executor;
        }
        catch
        {
            await executor.DisposeAsync();
            throw;
        }
    }

    /// <summary>Computes one step. Never throws for a failing step: that is a <see cref="NotDone"/>.</summary>
    /// <param name="record">Commits an epoch's event; the child is told when it returns.</param>
    public async Task<FromExecutor> Run(StepTask task, Func<EpochCompleted, Task> record, TimeSpan limit, CancellationToken stop)
    {
        var id = ++works;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(stop);
        time.CancelAfter(limit);
        try
        {
            Send(new Work(id, task));
            return await Follow(id, record, time.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Fail(id, FailureCodes.Timeout, $"still running after the step's limit of {limit.TotalMinutes:0.#} minutes; it was killed");
        }
        catch
        {
            // Stopped, or what was computed could not be recorded: the child is still at work, and what it goes on to say is nobody's.
            Kill();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Usable = false;
        await outgoing.DisposeAsync();
        Kill();
        await process.WaitForExitAsync();
        await log;
        await incoming.DisposeAsync();
        process.Dispose();
    }

    private static async Task<ExecutorProcess> Launch(ExecutorSettings settings, string logFolder, CancellationToken stop)
    {
        await Starting.WaitAsync(stop);
        try
        {
            var toChild = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
            var fromChild = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
            var command = settings.Command(toChild.GetClientHandleAsString(), fromChild.GetClientHandleAsString(), logFolder);
            var child = Process.Start(command)!;
            toChild.DisposeLocalCopyOfClientHandle();
            fromChild.DisposeLocalCopyOfClientHandle();
            return new ExecutorProcess(child, toChild, fromChild, CrashReport.PathOf(command.Environment), settings.Silence);
        }
        finally
        {
            Starting.Release();
        }
    }

    private async Task<EnvironmentFacts> Handshake(CancellationToken stop)
    {
        var first = await Next(stop);
        return first switch
        {
            Hello { Protocol: Hello.CurrentProtocol } hello when hello.Build == Hello.CurrentBuild => hello.Environment,
            Hello hello => throw new StepFailure(
                FailureCodes.Protocol,
                $"the executor is of another build: protocol {hello.Protocol}, build {hello.Build}; expected protocol {Hello.CurrentProtocol}, build {Hello.CurrentBuild}"),
            NotDone failed => throw new StepFailure(failed.Code, failed.Message),
            _ => throw new StepFailure(FailureCodes.Protocol, $"the executor began with {first.GetType().Name}; expected Hello"),
        };
    }

    private async Task<FromExecutor> Follow(long id, Func<EpochCompleted, Task> record, CancellationToken stop)
    {
        while (true)
        {
            switch (await Next(stop))
            {
                case Heartbeat:
                    break;
                case EpochDone done when done.Id == id:
                    await record(done.Epoch);
                    Send(new EpochRecorded(id));
                    break;
                case Done done when done.Id == id:
                    return done;
                case NotDone failed when failed.Id == id || !Usable:
                    Usable = false;
                    return failed with { Id = id };
                case var unexpected:
                    return Fail(id, FailureCodes.Protocol, $"the executor said {unexpected.GetType().Name} out of turn; it was killed");
            }
        }
    }

    /// <summary>The next message; a closed pipe and a long silence become the failure they mean.</summary>
    private async Task<FromExecutor> Next(CancellationToken stop)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silent.CancelAfter(silence);
        try
        {
            return await messages.Reader.ReadAsync(silent.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Fail(0, FailureCodes.Timeout, $"no heartbeat for {silence.TotalSeconds:0} seconds; it was killed");
        }
        catch (ChannelClosedException closed)
        {
            Kill();
            await process.WaitForExitAsync(stop);
            return closed.InnerException is MalformedFrame malformed
                ? Fail(0, FailureCodes.Protocol, malformed.Message)
                : Fail(0, DeathCode(), $"the executor process {process.Id} ended with {ExecutorExit.Describe(process.ExitCode)}{await Crash(stop)}");
        }
    }

    private async Task<string> Crash(CancellationToken stop) =>
        File.Exists(crashReport) && CrashReport.Where(await File.ReadAllTextAsync(crashReport, stop)) is { } where
            ? $" {where}; the stack is in {Path.GetFileName(crashReport)} among the logs"
            : "";

    private string DeathCode() => ExecutorExit.Code(process.ExitCode, OomKills() > oomKillsBefore);

    private NotDone Fail(long id, string code, string message)
    {
        Kill();
        return new NotDone(id, code, message);
    }

    private void Kill()
    {
        Usable = false;
        if (!process.HasExited)
            process.Kill();
    }

    private void Send(ToExecutor message)
    {
        try
        {
            Frames.Write(outgoing, message);
        }
        catch (IOException)
        {
            // The child died: the reading side says so, with its exit code.
            Usable = false;
        }
    }

    // A thread, because a pipe read cannot be cancelled; it ends when the child's end closes.
    private void StartReading() => new Thread(() =>
    {
        try
        {
            while (Frames.Read<FromExecutor>(incoming) is { } message)
                messages.Writer.TryWrite(message);
            messages.Writer.TryComplete();
        }
        catch (Exception broken) when (broken is MalformedFrame or IOException or ObjectDisposedException)
        {
            messages.Writer.TryComplete(broken);
        }
    })
    { IsBackground = true, Name = $"executor-{process.Id}" }.Start();

    private Task CopyOutput(string logFile) => Task.WhenAll(Copy(process.StandardOutput, logFile), Copy(process.StandardError, logFile));

    /// <summary>Reads to the end even when the disk is full: a child whose output nobody reads would stop in the middle of a line.</summary>
    private static async Task Copy(StreamReader from, string logFile)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            try
            {
                await using var file = new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                await file.WriteAsync(Encoding.UTF8.GetBytes($"{Redaction.Redacted(line)}\n"));
            }
            catch (IOException)
            {
                // What it printed is lost; what it computed is not.
            }
        }
    }

    private static long OomKills() =>
        File.Exists("/proc/vmstat")
            ? File.ReadLines("/proc/vmstat").Where(line => line.StartsWith("oom_kill ", StringComparison.Ordinal))
                .Select(line => long.Parse(line.AsSpan(9))).FirstOrDefault()
            : 0;
}
