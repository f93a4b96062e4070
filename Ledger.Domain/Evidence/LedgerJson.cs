using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Ledger.Domain.Evidence;

/// <summary>
/// The one way this project turns values into JSON and back: camelCase members, enums as kebab-case words, absent
/// instead of null, strings and numbers that come back as they went in or are refused. Unknown members are ignored on
/// reading, so that an older tool reads a newer record; the same member twice is an error.
/// </summary>
public static class LedgerJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The same for what others may have altered: a member that is not optional must be there, and neither it nor an item of it be null.</summary>
    public static JsonSerializerOptions Strict { get; } = CreateStrict();

    private static JsonSerializerOptions CreateStrict()
    {
        var resolver = new DefaultJsonTypeInfoResolver();
        var options = new JsonSerializerOptions(Options) { RespectNullableAnnotations = true, TypeInfoResolver = resolver.WithAddedModifier(Require).WithAddedModifier(NullItems.Refuse) };
        options.MakeReadOnly();
        return options;

        static void Require(JsonTypeInfo type)
        {
            foreach (var property in type.Properties.Where(property => property.AssociatedParameter is { IsNullable: false, HasDefaultValue: false }))
                property.IsRequired = true;
        }
    }

    /// <summary>The same for files of which nothing may be left unlooked at: unknown and missing members, and null where none is allowed, are errors.</summary>
    public static JsonSerializerOptions Exact { get; } = new(Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver().WithAddedModifier(NullItems.Refuse),
    };

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.Strict,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
            AllowOutOfOrderMetadataProperties = true,
            AllowDuplicateProperties = false,
            Converters =
            {
                new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
                new LosslessString(),
                new FiniteDouble(),
                new FiniteSingle(),
            },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>A value that JSON or jsonb would refuse or change. The serializer fills in its path.</summary>
internal sealed class Unstorable(string found, string expected) : JsonException($"Found {found}, expected {expected}.")
{
    public string Found { get; } = found;

    public string Expected { get; } = expected;
}

/// <summary>The writer puts U+FFFD for a lone surrogate without a word, and jsonb refuses U+0000.</summary>
internal sealed class LosslessString : JsonConverter<string>
{
    public const string Expected = "text of whole Unicode characters without U+0000";

    /// <summary>What is wrong with the text, or null.</summary>
    public static string? Fault(string text)
    {
        if (System.Text.Ascii.IsValid(text))
            return text.Contains('\0', StringComparison.Ordinal) ? "text with U+0000" : null;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (rest[0] == '\0')
                return "text with U+0000";
            if (Rune.DecodeFromUtf16(rest, out _, out int used) != System.Buffers.OperationStatus.Done)
                return $"text with the lone surrogate U+{(int)rest[0]:X4}";
            rest = rest[used..];
        }

        return null;
    }

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Checked(value));

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString()!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(Checked(value));

    private static string Checked(string value) =>
        Fault(value) is { } fault ? throw new Unstorable(fault, Expected) : value;
}

/// <summary>JSON has no NaN or infinity: a measure that can diverge is modelled as such, not smuggled through.</summary>
internal sealed class FiniteDouble : JsonConverter<double>
{
    public const string Expected = "a finite number";

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (!double.IsFinite(value))
            throw new Unstorable(value.ToString(), Expected);
        writer.WriteNumberValue(value);
    }
}

internal sealed class FiniteSingle : JsonConverter<float>
{
    public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetSingle();

    public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options)
    {
        if (!float.IsFinite(value))
            throw new Unstorable(value.ToString(), FiniteDouble.Expected);
        writer.WriteNumberValue(value);
    }
}
