using System.Buffers.Binary;
using System.Text;

namespace Ledger.Runner.Torch;

/// <summary>
/// The symbol versions a 64-bit little-endian ELF library asks of other libraries (section <c>.gnu.version_r</c>;
/// layouts: System V gABI and the LSB's symbol versioning chapter). Works on bytes, touches no file.
/// </summary>
public static class ElfVersionNeeds
{
    private const uint VersionNeeds = 0x6ffffffe;
    private const int SectionTable = 0x28, SectionSize = 0x3a, SectionCount = 0x3c;
    private const int WeakFlag = 2;

    /// <summary>Names of the versions asked for, and whether the loader may go on without them.</summary>
    public static IReadOnlyList<(string Name, bool Weak)> Read(ReadOnlySpan<byte> elf)
    {
        var needs = new List<(string, bool)>();
        foreach (var (name, flags) in Entries(elf))
            needs.Add((name, (elf[flags] & WeakFlag) != 0));
        return needs;
    }

    /// <summary>A copy in which <paramref name="version"/> is optional; equal to the input when it already is.</summary>
    /// <exception cref="InvalidDataException">Not such a library, or it does not ask for the version.</exception>
    public static byte[] WithOptional(ReadOnlySpan<byte> elf, string version)
    {
        var copy = elf.ToArray();
        var found = false;
        foreach (var (name, flags) in Entries(elf))
        {
            if (name != version)
                continue;
            copy[flags] |= WeakFlag;
            found = true;
        }

        return found ? copy : throw new InvalidDataException($"the library does not ask for the version {version}");
    }

    /// <summary>Name and offset of the flags of each version asked for.</summary>
    private static List<(string Name, int Flags)> Entries(ReadOnlySpan<byte> elf)
    {
        if (elf.Length < 64 || !elf.StartsWith("\x7f\x45LF"u8) || elf[4] != 2 || elf[5] != 1)
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        var sections = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(elf[SectionTable..]));
        var size = U16(elf, SectionSize);
        var entries = new List<(string, int)>();
        for (var index = 0; index < U16(elf, SectionCount); index++)
        {
            var section = elf.Slice(sections + (index * size), size);
            if (U32(section, 4) != VersionNeeds)
                continue;
            var strings = SectionOffset(elf.Slice(sections + (checked((int)U32(section, 0x28)) * size), size));
            AddEntries(elf, SectionOffset(section), strings, entries);
        }

        return entries;
    }

    private static void AddEntries(ReadOnlySpan<byte> elf, int need, int strings, List<(string, int)> entries)
    {
        while (true)
        {
            var auxiliary = need + checked((int)U32(elf, need + 8));
            for (var left = U16(elf, need + 2); left > 0; left--)
            {
                entries.Add((Text(elf[(strings + checked((int)U32(elf, auxiliary + 8)))..]), auxiliary + 4));
                auxiliary += checked((int)U32(elf, auxiliary + 12));
            }

            var next = checked((int)U32(elf, need + 12));
            if (next == 0)
                return;
            need += next;
        }
    }

    private static int SectionOffset(ReadOnlySpan<byte> section) => checked((int)BinaryPrimitives.ReadUInt64LittleEndian(section[0x18..]));

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes[..bytes.IndexOf((byte)0)]);
}
