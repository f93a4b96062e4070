using System.Text.Json;

namespace Ledger.Domain.Evidence;

/// <summary>
/// Bytes of canonical JSON as they come, where the members of an object may come in any order: each is put down as it is read, and when
/// the object ends they are put in the order of their keys.
/// </summary>
internal sealed class CanonicalBuffer
{
    // Objects of the ledger's events are small; beyond this a general sort is faster.
    private const int SmallObject = 16;

    private readonly Comparison<Member> _order;
    private byte[] _bytes = new byte[4096];
    private byte[] _scratch = new byte[4096];
    private Member[] _members = new Member[64];
    private int _length;
    private int _count;

    public CanonicalBuffer() => _order = Compare;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Clear() => (_length, _count) = (0, 0);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <returns>To be given to <see cref="EndObject"/>.</returns>
    public int BeginObject() => _count;

    /// <summary>Every member begins with a comma; that of the first in order becomes the object's brace.</summary>
    public int BeginMember()
    {
        Add(","u8);
        return _length - 1;
    }

    /// <returns>To be given to <see cref="EndMember"/>.</returns>
    public int EndKey()
    {
        Add(":"u8);
        return _length - 1;
    }

    public void EndMember(int start, int key)
    {
        if (_count == _members.Length)
            Array.Resize(ref _members, 2 * _count);
        _members[_count++] = new Member(start, key, _length);
    }

    /// <returns>A key that the object has twice; null when it has none.</returns>
    public string? EndObject(int first)
    {
        var members = _members.AsSpan(first, _count - first);
        _count = first;
        if (members.IsEmpty)
        {
            Add("{}"u8);
            return null;
        }

        int start = members[0].Start;
        if (!IsInOrder(members))
            PutInOrder(members, start);
        for (int i = 1; i < members.Length; i++)
        {
            if (Key(members[i]).SequenceEqual(Key(members[i - 1])))
                return KeyAt(members[i].Start)!;
        }

        _bytes[start] = (byte)'{';
        Add("}"u8);
        return null;
    }

    /// <summary>The key of the member that begins there, for messages; null when it could not be read.</summary>
    public string? KeyAt(int start)
    {
        var reader = new Utf8JsonReader(_bytes.AsSpan(start + 1, _length - start - 1));
        return start + 1 < _length && reader.Read() ? reader.GetString() : null;
    }

    private bool IsInOrder(ReadOnlySpan<Member> members)
    {
        for (int i = 1; i < members.Length; i++)
        {
            if (Compare(members[i - 1], members[i]) > 0)
                return false;
        }

        return true;
    }

    private void PutInOrder(Span<Member> members, int start)
    {
        Sort(members);
        if (_scratch.Length < _length - start)
            _scratch = new byte[_bytes.Length];
        int to = 0;
        foreach (ref var member in members)
        {
            int length = member.End - member.Start;
            _bytes.AsSpan(member.Start, length).CopyTo(_scratch.AsSpan(to));
            member = new Member(start + to, start + to + member.Key - member.Start, start + to + length);
            to += length;
        }

        _scratch.AsSpan(0, to).CopyTo(_bytes.AsSpan(start));
    }

    private void Sort(Span<Member> members)
    {
        if (members.Length > SmallObject)
        {
            members.Sort(_order);
            return;
        }

        for (int i = 1; i < members.Length; i++)
        {
            var member = members[i];
            int at = i;
            for (; at > 0 && Compare(members[at - 1], member) > 0; at--)
                members[at] = members[at - 1];
            members[at] = member;
        }
    }

    /// <summary>By UTF-16 code units (RFC 8785 section 3.2.3); bytes of UTF-8 agree with that up to U+D7FF.</summary>
    private int Compare(Member a, Member b)
    {
        var mine = Key(a);
        var theirs = Key(b);
        return IsPlain(mine) && IsPlain(theirs) ? mine.SequenceCompareTo(theirs) : string.CompareOrdinal(KeyAt(a.Start), KeyAt(b.Start));
    }

    private static bool IsPlain(ReadOnlySpan<byte> key) => !key.Contains((byte)'\\') && key.IndexOfAnyInRange((byte)0xED, (byte)0xFF) < 0;

    private ReadOnlySpan<byte> Key(Member member) => _bytes.AsSpan(member.Start + 2, member.Key - member.Start - 3);

    /// <summary>Places in the buffer: the comma, the colon after the key, and past the value.</summary>
    private readonly record struct Member(int Start, int Key, int End);
}
