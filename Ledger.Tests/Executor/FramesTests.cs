using System.Buffers.Binary;
using System.Text;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Executor;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Executor;

public sealed class FramesTests
{
    private static readonly ArtifactRef Some = new(new string('a', 64), 12);

    public static TheoryData<FromExecutor> Messages() =>
    [
        new Heartbeat(),
        new EpochDone(3, new EpochCompleted("base", 2, null, 0.5, 1e-3, new string('b', 64), 10_000, 1.25)),
        new Done(4, new TrainingCompleted("base", new ModelRef(Some, Some), 2, 5_000, 0.25, 10_000, 2.5), []),
        new NotDone(5, FailureCodes.Diverged, "the loss of epoch 3 is not finite"),
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_comes_back_as_it_went_in(FromExecutor message)
    {
        using var pipe = new MemoryStream();
        Frames.Write(pipe, message);
        pipe.Position = 0;
        var back = Frames.Read<FromExecutor>(pipe);
        back.ShouldBeOfType(message.GetType());
        using var again = new MemoryStream();
        Frames.Write(again, back!);
        again.ToArray().ShouldBe(pipe.ToArray());
    }

    [Fact]
    public void A_pipe_closed_between_messages_is_the_end() => Frames.Read<FromExecutor>(new MemoryStream()).ShouldBeNull();

    [Theory]
    [InlineData(new byte[] { 1, 2 }, "ended after 2 bytes of a length")]
    [InlineData(new byte[] { 9, 0, 0, 0, (byte)'{' }, "ended after 1 of 9 bytes")]
    [InlineData(new byte[] { 255, 255, 255, 255 }, "a frame of -1 bytes")]
    [InlineData(new byte[] { 255, 255, 255, 127 }, "a frame of 2147483647 bytes")]
    public void Bytes_that_are_no_frame_are_refused_with_what_was_found(byte[] bytes, string found) =>
        Should.Throw<MalformedFrame>(() => Frames.Read<FromExecutor>(new MemoryStream(bytes))).Message.ShouldContain(found);

    [Theory]
    [InlineData("""{"type":"gossip"}""")]
    [InlineData("""{"id":1}""")]
    [InlineData("Segmentation fault")]
    [InlineData("[]")]
    public void A_frame_that_is_no_message_is_refused(string body)
    {
        var bytes = new byte[4 + Encoding.UTF8.GetByteCount(body)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - 4);
        Encoding.UTF8.GetBytes(body, bytes.AsSpan(4));
        Should.Throw<MalformedFrame>(() => Frames.Read<FromExecutor>(new MemoryStream(bytes)));
    }

    [Theory]
    [InlineData(134, false, FailureCodes.Aborted)]
    [InlineData(139, false, FailureCodes.Aborted)]
    [InlineData(137, false, FailureCodes.Killed)]
    [InlineData(137, true, FailureCodes.OutOfMemory)]
    [InlineData(143, false, FailureCodes.Killed)]
    [InlineData(1, true, FailureCodes.Aborted)]
    public void The_exit_code_says_why_an_executor_died(int exit, bool oomKilled, string code) =>
        ExecutorExit.Code(exit, oomKilled).ShouldBe(code);
}
