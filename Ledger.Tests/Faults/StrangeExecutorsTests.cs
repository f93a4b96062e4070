using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Executor;
using Ledger.Runner.Steps;
using Ledger.Tests.Training;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>Children that do not behave like executors of this build: each is killed, and what it says becomes a failure with its code.</summary>
public sealed class StrangeExecutorsTests : IDisposable
{
    private readonly ScriptedExecutor scripted = new();

    public StrangeExecutorsTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "the script writes to /proc/self/fd");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_child_of_another_build_is_refused_at_the_handshake() =>
        (await Refused(scripted.Saying(ScriptedExecutor.Hello with { Build = "another" }))).ShouldSatisfyAllConditions(
            failure => failure.Code.ShouldBe(FailureCodes.Protocol),
            failure => failure.Message.ShouldBe($"the executor is of another build: protocol 1, build another; expected protocol 1, build {Hello.CurrentBuild}"));

    [Fact]
    public async Task A_child_of_another_protocol_is_refused_at_the_handshake() =>
        (await Refused(scripted.Saying(ScriptedExecutor.Hello with { Protocol = 2 }))).Message.ShouldStartWith("the executor is of another build: protocol 2");

    [Fact]
    public async Task A_child_that_begins_with_something_else_is_refused() =>
        (await Refused(scripted.Saying(new Heartbeat()))).ShouldSatisfyAllConditions(
            failure => failure.Code.ShouldBe(FailureCodes.Protocol), failure => failure.Message.ShouldBe("the executor began with Heartbeat; expected Hello"));

    [Fact]
    public async Task A_child_that_speaks_no_frames_is_refused() =>
        (await Refused(scripted.Saying("usage: something else\n"))).ShouldSatisfyAllConditions(
            failure => failure.Code.ShouldBe(FailureCodes.Protocol), failure => failure.Message.ShouldStartWith("not a message of the executor protocol"));

    [Fact]
    public async Task A_child_that_never_says_anything_is_given_up() =>
        (await Refused(scripted.Saying())).Code.ShouldBe(FailureCodes.Timeout);

    [Fact]
    public async Task A_child_that_ends_at_once_is_told_by_its_exit_code() =>
        (await Refused(scripted.Saying("exit 3", []))).ShouldSatisfyAllConditions(
            failure => failure.Code.ShouldBe(FailureCodes.Aborted), failure => failure.Message.ShouldEndWith("ended with exit code 3"));

    [Fact]
    public async Task A_malformed_message_in_the_middle_of_a_step_fails_it() =>
        (await Result(ScriptedExecutor.Hello, "\u0005\0\0\0hello")).ShouldSatisfyAllConditions(
            result => result.Code.ShouldBe(FailureCodes.Protocol), result => result.Message.ShouldStartWith("not a message of the executor protocol"));

    [Fact]
    public async Task The_result_of_a_step_that_was_not_asked_for_is_not_taken() =>
        (await Result(ScriptedExecutor.Hello, new Done(9, new MeasurementCompleted("other", [], null, null, 1), []))).ShouldSatisfyAllConditions(
            result => result.Code.ShouldBe(FailureCodes.Protocol), result => result.Message.ShouldContain("said Done out of turn"));

    [Fact]
    public async Task Silence_without_a_heartbeat_fails_the_step() =>
        (await Result(ScriptedExecutor.Hello)).ShouldSatisfyAllConditions(
            result => result.Code.ShouldBe(FailureCodes.Timeout), result => result.Message.ShouldBe("no heartbeat for 2 seconds; it was killed"));

    public void Dispose() => scripted.Dispose();

    private async Task<StepFailure> Refused(ExecutorSettings settings) =>
        await Should.ThrowAsync<StepFailure>(() => ExecutorProcess.Start(settings, scripted.LogFile, Stop));

    private async Task<NotDone> Result(params object[] said)
    {
        await using var executor = await ExecutorProcess.Start(scripted.Saying(said), scripted.LogFile, Stop);
        var task = new StepTask(
            "base", new TrainSpec(null, Sample.Train(64), Sample.Adam(1), null), new Dictionary<string, ModelRef>(), new Dictionary<string, ulong>(),
            new Dictionary<string, DataLocation>(), "nowhere", Threads: 1);
        var result = await executor.Run(task, _ => Task.CompletedTask, TimeSpan.FromMinutes(5), Stop);
        executor.Usable.ShouldBeFalse();
        return result.ShouldBeOfType<NotDone>();
    }
}
