using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Ledger.Domain.Evidence;

/// <summary>
/// The walk behind <see cref="CanonicalJson"/>: canonical bytes from JSON text in one pass, without a tree of it. Used again and again it
/// allocates nothing for common values. Not safe for several threads at once.
/// </summary>
internal sealed class CanonicalText
{
    // Decimals of so many significant digits stand for different doubles, so that none has a shorter form (IEEE 754, DBL_DIG).
    private const int ExactDigits = 15;

    private readonly CanonicalBuffer _bytes = new();
    private readonly List<Place> _places = [];
    private (ReadOnlyMemory<byte> Json, byte[] Canonical) _last = (default, []);

    /// <summary>What was written since the last <see cref="Clear"/>; good until the next writing.</summary>
    public ReadOnlySpan<byte> Written => _bytes.Written;

    public void Clear() => _bytes.Clear();

    /// <summary>Bytes that are canonical already.</summary>
    public void Raw(ReadOnlySpan<byte> canonical) => _bytes.Add(canonical);

    /// <summary>The canonical form of a text, quoted.</summary>
    /// <exception cref="NotCanonical"/>
    public void String(string text, string path)
    {
        if (LosslessString.Fault(text) is { } fault)
            throw new NotCanonical(path, fault, LosslessString.Expected);
        CanonicalString.Write(_bytes, text);
    }

    /// <summary>The canonical form of one JSON value.</summary>
    /// <param name="root">Path of the value, for messages.</param>
    /// <exception cref="NotCanonical"/>
    /// <exception cref="JsonException">Not JSON.</exception>
    public void Value(ReadOnlySpan<byte> json, string root = "$")
    {
        _places.Clear();
        _places.Add(new Place(root, -1));
        var reader = new Utf8JsonReader(json);
        if (!reader.Read())
            throw new NotCanonical(root, "no value", "a JSON value");
        Value(ref reader);
        if (reader.Read())
            throw new NotCanonical(root, "more than one value", "one JSON value");
    }

    /// <summary>The same for a value that is often the one before once more, as headers of events are.</summary>
    public void Repeated(ReadOnlyMemory<byte> json, string root)
    {
        if (_last.Canonical.Length == 0 || !json.Span.SequenceEqual(_last.Json.Span))
        {
            int start = Written.Length;
            Value(json.Span, root);
            _last = (json, Written[start..].ToArray());
        }
        else
            Raw(_last.Canonical);
    }

    private void Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Object(ref reader);
                break;
            case JsonTokenType.StartArray:
                Array(ref reader);
                break;
            case JsonTokenType.String:
                String(ref reader);
                break;
            case JsonTokenType.Number:
                Number(ref reader);
                break;
            default:
                _bytes.Add(reader.ValueSpan);
                break;
        }
    }

    private void Object(ref Utf8JsonReader reader)
    {
        int members = _bytes.BeginObject();
        _places.Add(default);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int start = _bytes.BeginMember();
            _places[^1] = new Place(null, -1, start);
            String(ref reader);
            int key = _bytes.EndKey();
            reader.Read();
            Value(ref reader);
            _bytes.EndMember(start, key);
        }

        _places.RemoveAt(_places.Count - 1);
        if (_bytes.EndObject(members) is { } twice)
            throw new NotCanonical($"{Path()}.{twice}", "the same key twice", "each key once");
    }

    private void Array(ref Utf8JsonReader reader)
    {
        _bytes.Add("["u8);
        _places.Add(default);
        for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            _places[^1] = new Place(null, index);
            if (index > 0)
                _bytes.Add(","u8);
            Value(ref reader);
        }

        _places.RemoveAt(_places.Count - 1);
        _bytes.Add("]"u8);
    }

    private void String(ref Utf8JsonReader reader)
    {
        // A string without escapes has no quote and no control character, so its text is canonical as it stands.
        if (!reader.ValueIsEscaped && Utf8.IsValid(reader.ValueSpan))
        {
            _bytes.Add("\""u8);
            _bytes.Add(reader.ValueSpan);
            _bytes.Add("\""u8);
            return;
        }

        try
        {
            String(reader.GetString()!, Path());
        }
        catch (InvalidOperationException invalid)
        {
            throw new NotCanonical(Path(), invalid.Message, LosslessString.Expected);
        }
    }

    private void Number(ref Utf8JsonReader reader)
    {
        var text = reader.ValueSpan;
        if (IsCanonicalDecimal(text))
        {
            _bytes.Add(text);
            return;
        }

        double value = reader.GetDouble();
        if (CanonicalNumber.MayBeAtFault(value) && CanonicalNumber.Fault(Encoding.ASCII.GetString(text), value) is var (found, expected))
            throw new NotCanonical(Path(), found, expected);
        Span<byte> shortest = stackalloc byte[32];
        if (value != 0 && value.TryFormat(shortest, out int length, "R", CultureInfo.InvariantCulture) && !shortest[..length].Contains((byte)'E'))
            _bytes.Add(shortest[..length]);
        else
            _bytes.Add(Encoding.ASCII.GetBytes(CanonicalNumber.Format(value)));
    }

    /// <summary>Whether a number is already written as ECMAScript would: at most fifteen digits, no exponent, no zero too many.</summary>
    private static bool IsCanonicalDecimal(ReadOnlySpan<byte> text)
    {
        var digits = text[0] == '-' ? text[1..] : text;
        int point = digits.IndexOf((byte)'.');
        if (digits.Length > ExactDigits || digits.ContainsAny((byte)'e', (byte)'E'))
            return false;
        return point < 0
            ? digits[0] != '0' || text.Length == 1
            : digits[^1] != '0' && (digits[0] != '0' || digits[(point + 1)..].IndexOfAnyExcept((byte)'0') < 5);
    }

    private string Path()
    {
        var path = new StringBuilder();
        foreach (var place in _places)
        {
            _ = place switch
            {
                { Root: { } root } => path.Append(root),
                { Index: >= 0 } => path.Append('[').Append(place.Index).Append(']'),
                _ => _bytes.KeyAt(place.Start) is { } key ? path.Append('.').Append(key) : path,
            };
        }

        return path.ToString();
    }

    /// <summary>A step of the way from the root: its name, a place in an array, or where in the buffer a member begins.</summary>
    private readonly record struct Place(string? Root, int Index, int Start = 0);
}
