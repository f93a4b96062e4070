using System.Buffers.Binary;
using System.Text.Json;
using Ledger.Domain.Evidence;

namespace Ledger.Runner.Executor;

/// <summary>Length-prefixed JSON over a pipe: four bytes, little endian, then that many bytes of UTF-8.</summary>
public static class Frames
{
    /// <summary>Larger frames are refused: nothing the two sides say comes near it.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Writes one frame in a single call, so that two threads under one lock never interleave.</summary>
    public static void Write<T>(Stream stream, T message)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, LedgerJson.Options);
        var frame = new byte[body.Length + 4];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        stream.Write(frame);
        stream.Flush();
    }

    /// <summary>Reads one frame; null when the other side has closed the pipe between two frames.</summary>
    /// <exception cref="MalformedFrame">The bytes are not a frame or not such a message.</exception>
    public static T? Read<T>(Stream stream)
        where T : class
    {
        var prefix = new byte[4];
        var got = stream.ReadAtLeast(prefix, 4, throwOnEndOfStream: false);
        if (got == 0)
            return null;
        if (got < 4)
            throw new MalformedFrame($"the pipe ended after {got} bytes of a length");
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length is < 2 or > MaxBytes)
            throw new MalformedFrame($"a frame of {length} bytes; expected 2 to {MaxBytes}");
        var body = new byte[length];
        got = stream.ReadAtLeast(body, length, throwOnEndOfStream: false);
        if (got < length)
            throw new MalformedFrame($"the pipe ended after {got} of {length} bytes");
        return Parse<T>(body);
    }

    private static T Parse<T>(byte[] body)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, LedgerJson.Options) ?? throw new MalformedFrame("null");
        }
        catch (Exception problem) when (problem is JsonException or NotSupportedException or FormatException)
        {
            throw new MalformedFrame(problem.Message);
        }
    }
}

/// <summary>The other side does not speak the protocol; it is not to be trusted further.</summary>
public sealed class MalformedFrame(string found) : Exception($"not a message of the executor protocol: {found}");
