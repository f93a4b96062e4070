using System.Text.Json.Serialization;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;

namespace Ledger.Runner.Executor;

/// <summary>What the recording process tells an executor.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Work), "work")]
[JsonDerivedType(typeof(EpochRecorded), "epoch-recorded")]
public abstract record ToExecutor;

public sealed record Work(long Id, StepTask Task) : ToExecutor;

/// <summary>An epoch's event is committed; the executor may run that much further ahead.</summary>
public sealed record EpochRecorded(long Id) : ToExecutor;

/// <summary>What an executor tells the recording process. It never writes to the ledger itself.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Heartbeat), "heartbeat")]
[JsonDerivedType(typeof(EpochDone), "epoch-done")]
[JsonDerivedType(typeof(Done), "done")]
[JsonDerivedType(typeof(NotDone), "not-done")]
public abstract record FromExecutor;

/// <summary>The handshake: refused unless protocol and build are the recorder's own.</summary>
/// <param name="Build">Module version ids of the project's assemblies.</param>
public sealed record Hello(int Protocol, string Build, int Process, EnvironmentFacts Environment) : FromExecutor
{
    public const int CurrentProtocol = 1;

    public static string CurrentBuild { get; } = string.Join(
        '.', new[] { typeof(Hello), typeof(Planned) }.Select(type => type.Module.ModuleVersionId.ToString("N")));
}

/// <summary>Sent every second from a thread of its own, so that silence means a stopped process, not a long computation.</summary>
public sealed record Heartbeat : FromExecutor;

public sealed record EpochDone(long Id, EpochCompleted Epoch) : FromExecutor;

public sealed record Done(long Id, StepCompletion Completion, IReadOnlyList<ResultFlagged> Flags) : FromExecutor;

/// <param name="Code">A code of <see cref="StepFailed"/>.</param>
public sealed record NotDone(long Id, string Code, string Message) : FromExecutor;
