using System.Collections;
using System.Reflection;
using System.Text.Json;
using CsCheck;

namespace Ledger.Tests.Support;

/// <summary>Arbitrary events of every kind, made from the parameters of their constructors.</summary>
internal static class AnyEvent
{
    private const long LargestExact = 1L << 53;

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char['a', 'z'], 0, 12],
        Of("", "\"\\/\b\f\n\r\t", "é\u0301", "\u2028\u2029", "😀", "\u0001\u007f\u0080", "<script>&amp;'", "1e2", "\ufeff\uffff", "null"));

    // Plus zero: the ledger refuses a negative zero, which jsonb would not keep.
    private static readonly Gen<double> Number = Gen.OneOf(
        Gen.Double.Where(double.IsFinite).Select(x => x + 0.0),
        Gen.Double[-1, 1].Select(x => x + 0.0),
        Of<double>(0, double.Epsilon, double.MaxValue, -double.MaxValue, 1e21, 1e-7, 123456789012345680000.0, 0.1 + 0.2));

    private static readonly Gen<JsonElement> Json = Of(
        "null", "true", "[]", "{}", "1.50", "1e2", "-1.0e-7", "\"\\u00e9\"", """{"b":1,"a":{"ccc":[1,2.5e-7],"bb":null}}""")
        .Select(text => JsonDocument.Parse(text).RootElement);

    public static Gen<object> OfType(Type type) => For(type).Select(value => value!);

    private static Gen<object?> For(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Gen.OneOf(Gen.Const((object?)null), For(inner));
        if (type.IsEnum)
            return Of([.. Enum.GetValues(type).Cast<object?>()]);
        if (type.IsArray)
            return Items(type.GetElementType()!);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return Items(type.GetGenericArguments()[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
            return Map(type.GetGenericArguments()[1]);
        return Scalar(type) ?? Record(type);
    }

    private static Gen<object?>? Scalar(Type type) => type switch
    {
        _ when type == typeof(string) => Text.Select(x => (object?)x),
        _ when type == typeof(double) => Number.Select(x => (object?)x),
        _ when type == typeof(int) => Gen.Int.Select(x => (object?)x),
        _ when type == typeof(long) => Gen.Long[-LargestExact, LargestExact].Select(x => (object?)x),
        _ when type == typeof(bool) => Gen.Bool.Select(x => (object?)x),
        _ when type == typeof(JsonElement) => Json.Select(x => (object?)x),
        _ => null,
    };

    private static Gen<object?> Record(Type type)
    {
        var constructor = type.GetConstructors().Single();
        var nullability = new NullabilityInfoContext();
        var arguments = constructor.GetParameters()
            .Select(p => nullability.Create(p).WriteState == NullabilityState.Nullable ? Gen.OneOf(Gen.Const((object?)null), For(p.ParameterType)) : For(p.ParameterType))
            .ToArray();
        return All(arguments).Select(values => (object?)constructor.Invoke(values));
    }

    private static Gen<object?> Items(Type item) => For(item).Array[0, 3].Select(values =>
    {
        var items = Array.CreateInstance(item, values.Length);
        values.CopyTo(items, 0);
        return (object?)items;
    });

    private static Gen<object?> Map(Type value) => Gen.Select(Text, For(value)).Array[0, 3].Select(pairs =>
    {
        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), value))!;
        foreach ((string key, object? item) in pairs)
            map[key] = item;
        return (object?)map;
    });

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<object?[]> All(Gen<object?>[] parts) =>
        parts.Aggregate(Gen.Const(Array.Empty<object?>()), (before, next) => Gen.Select(before, next, (values, value) => (object?[])[.. values, value]));
}
