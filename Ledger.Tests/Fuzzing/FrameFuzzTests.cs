using System.Buffers.Binary;
using System.Text.Json;
using CsCheck;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Executor;
using Ledger.Runner.Steps;
using Ledger.Tests.Executor;
using Ledger.Tests.Experiments;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class FrameFuzzTests
{
    [Fact]
    public async Task A_message_of_an_executor_is_read_or_refused() => await Fuzz.Reader(Framed([.. FramesTests.Messages().Select(row => Json(row.Data))]), few: 2500, Read<FromExecutor>, IsRefusal);

    [Fact]
    public async Task A_message_to_an_executor_is_read_or_refused() => await Fuzz.Reader(Framed([.. Work().Select(Json), Json<ToExecutor>(new EpochRecorded(4))]), few: 2500, Read<ToExecutor>, IsRefusal);

    private static Gen<byte[]> Framed(byte[][] bodies) => Gen.OneOf(Mutations.Json(bodies).Select(Frame), Mutations.Of([.. bodies.Select(Frame)]));

    private static void Read<T>(byte[] bytes)
        where T : class
    {
        var stream = new MemoryStream(bytes);
        while (Frames.Read<T>(stream) is not null)
        {
        }
    }

    private static byte[] Json<T>(T message) => JsonSerializer.SerializeToUtf8Bytes(message, LedgerJson.Options);

    private static byte[] Frame(byte[] body)
    {
        byte[] frame = [.. new byte[4], .. body];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        return frame;
    }

    private static bool IsRefusal(Exception exception) => exception is MalformedFrame;

    private static IEnumerable<ToExecutor> Work() => Specs.Resolve(Specs.Small).At("filters/0.5").Steps.Select(step => new Work(3, new StepTask(
        step.Path, step.Config.Deserialize<StepSpec>(LedgerJson.Options)!,
        new Dictionary<string, ModelRef>(StringComparer.Ordinal) { ["model"] = new(new ArtifactRef(new string('a', 64), 12), new ArtifactRef(new string('b', 64), 9)) },
        new Dictionary<string, ulong>(StringComparer.Ordinal) { [SeedPurposes.Weights] = ulong.MaxValue }, new Dictionary<string, DataLocation>(StringComparer.Ordinal) { ["f"] = new("f", "idx", "/data") },
        "/artifacts", 2, Checkpoints: new CheckpointPlace("/tmp", 1.5, 3))));
}
