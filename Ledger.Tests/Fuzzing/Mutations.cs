using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Ledger.Tests.Fuzzing;

/// <summary>Cases from valid samples: bits flipped, pieces cut off, left out, put in, repeated and spliced, hostile numbers for real ones, and any bytes at all.</summary>
internal static class Mutations
{
    private static readonly long[] Numbers =
        [0, 1, -1, 2, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, 1 << 24, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 53, long.MaxValue, long.MinValue];

    private static readonly string[] Literals =
    [
        "null", "true", "0", "-0", "1", "-1", "1.5", "1e400", "1e-400", "2147483648", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"", "\"é\\uffff\"", "\"../../x\"", "[]", "{}", "[null]", "[[]]", "{\"a\":null}", "{\"a\":1,\"a\":2}",
        "{\"\\ud800\":1}", "\"9999-12-31T23:59:59.999999Z\"", new string('[', 70) + new string(']', 70), new string('[', 3000), $"\"{new string('a', 3000)}\"",
    ];

    private static readonly Gen<Edit> AnEdit = Gen.Select(Gen.Int[0, 9], Gen.UInt, Gen.Int[0, 80], Gen.UInt, (kind, at, length, value) => new Edit(kind, at, length, value));

    /// <param name="tokens">Pieces that mean something in the format.</param>
    public static Gen<byte[]> Of(IReadOnlyList<byte[]> samples, params IReadOnlyList<string> tokens) => Gen.Frequency(
        (1, Gen.Byte.Array[0, 300]),
        (20, Edited(samples, (bytes, edit) => Bytes(bytes, edit, samples, tokens))));

    /// <summary>The same for JSON, and with values, members and items exchanged, left out, repeated, or hostile.</summary>
    public static Gen<byte[]> Json(IReadOnlyList<byte[]> samples) => Gen.Frequency(
        (1, Of(samples)),
        (3, Edited(samples, (bytes, edit) => Value(bytes, edit, samples))));

    /// <summary>One of these.</summary>
    public static Gen<T> One<T>(params IReadOnlyList<T> of) => Gen.Int[0, of.Count - 1].Select(index => of[index]);

    private static Gen<byte[]> Edited(IReadOnlyList<byte[]> samples, Func<byte[], Edit, byte[]> apply) =>
        Gen.Select(Gen.Int[0, samples.Count - 1], AnEdit.Array[1, 4], (sample, edits) => edits.Aggregate(samples[sample], apply));

    private static byte[] Bytes(byte[] bytes, Edit edit, IReadOnlyList<byte[]> samples, IReadOnlyList<string> tokens)
    {
        int at = (int)(edit.At % (uint)(bytes.Length + 1)), length = Math.Min(edit.Length, bytes.Length - at);
        byte[] other = samples[(int)(edit.Value % samples.Count)];
        return edit.Kind switch
        {
            0 when length > 0 => With(bytes, at, [(byte)(bytes[at] ^ 1 << (int)(edit.Value & 7))], 1),
            1 => bytes[..at],
            2 => With(bytes, at, [], length),
            3 => With(bytes, at, [.. Enumerable.Range(0, edit.Length).Select(i => (byte)(edit.Value * (uint)(i + 1) >> 11))], 0),
            4 => With(bytes, at, bytes.AsSpan(at, length), 0),
            5 => [.. bytes[..at], .. other[Math.Min(other.Length, (int)(edit.Value % (uint)(other.Length + 1)))..]],
            6 => With(bytes, at, Number(Numbers[edit.Value % Numbers.Length] + (edit.Length == 0 ? bytes.Length : 0), edit.Length), Math.Min(Width(edit.Length), bytes.Length - at)),
            7 => Digits(bytes, at, Numbers[edit.Value % Numbers.Length]),
            8 when tokens.Count > 0 => With(bytes, at, Encoding.UTF8.GetBytes(tokens[(int)(edit.Value % tokens.Count)]), length / 4),
            _ => length == 0 ? bytes : With(bytes, at, [(byte)edit.Value], 1),
        };
    }

    private static byte[] With(byte[] bytes, int at, ReadOnlySpan<byte> piece, int instead) => [.. bytes.AsSpan(0, at), .. piece, .. bytes.AsSpan(at + instead)];

    private static int Width(int choice) => 1 << (choice & 3);

    private static byte[] Number(long value, int choice)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        byte[] number = bytes[..Width(choice)];
        if ((choice & 4) != 0)
            Array.Reverse(number);
        return number;
    }

    /// <summary>Another number in the place of the next one that is written in digits.</summary>
    private static byte[] Digits(byte[] bytes, int at, long value)
    {
        int start = bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
            return bytes;
        int length = bytes.AsSpan(at + start).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return With(bytes, at + start, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)), length < 0 ? bytes.Length - at - start : length);
    }

    private static byte[] Value(byte[] bytes, Edit edit, IReadOnlyList<byte[]> samples)
    {
        byte[] from = edit.Kind < 7 ? bytes : samples[(int)(edit.Value % samples.Count)];
        var (values, others) = (Values(bytes), Values(from));
        if (values.Count == 0 || others.Count == 0)
            return bytes;
        var (start, end) = values[(int)(edit.At % values.Count)];
        var (first, last) = others[(int)(edit.Value % others.Count)];
        return edit.Kind switch
        {
            < 4 => With(bytes, start, Encoding.UTF8.GetBytes(Literals[edit.Value % Literals.Length]), end - start),
            4 => With(bytes, end, [(byte)',', .. bytes.AsSpan(start, end - start)], 0),
            5 => With(bytes, start, [], end < bytes.Length && bytes[end] == ',' ? end + 1 - start : end - start),
            _ => With(bytes, start, from.AsSpan(first, last - first), end - start),
        };
    }

    /// <summary>Where values, and members with their names, begin and end; of JSON that breaks off, those before.</summary>
    private static List<(int Start, int End)> Values(byte[] json)
    {
        var (found, open) = (new List<(int, int)>(), new Stack<(int Start, int? Member)>());
        var reader = new Utf8JsonReader(json);
        int? member = null;
        try
        {
            while (reader.Read())
            {
                var (start, end) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        member = start;
                        continue;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push((start, member));
                        member = null;
                        continue;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        (start, member) = open.Pop();
                        break;
                }

                found.Add((start, end));
                if (member is { } name)
                    found.Add((name, end));
                member = null;
            }
        }
        catch (JsonException)
        {
            return found;
        }

        return found;
    }

    private readonly record struct Edit(int Kind, uint At, int Length, uint Value);
}
