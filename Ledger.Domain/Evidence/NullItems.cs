using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Ledger.Domain.Evidence;

/// <summary>The serializer holds members to their annotations, but not the items of lists and dictionaries: <c>[null]</c> would pass for a list of records.</summary>
internal static class NullItems
{
    public static void Refuse(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        var lists = type.Properties.Where(property => property.Get is not null && HasNone(property.AssociatedParameter)).ToList();
        if (lists.Count == 0)
            return;
        type.OnDeserialized = value =>
        {
            foreach (var list in lists)
            {
                if (Items(list.Get!(value)).Contains(null))
                    throw new JsonException($"null in '{list.Name}', expected values alone.");
            }
        };
    }

    private static bool HasNone(JsonParameterInfo? parameter) =>
        parameter?.AttributeProvider is ParameterInfo { ParameterType: { IsGenericType: true } generic } declared && generic.IsAssignableTo(typeof(IEnumerable))
        && new NullabilityInfoContext().Create(declared).GenericTypeArguments[^1] is { ReadState: NullabilityState.NotNull, Type.IsValueType: false };

    private static IEnumerable<object?> Items(object? list) => list switch
    {
        null => [],
        IDictionary values => values.Values.Cast<object?>(),
        IEnumerable items => items.Cast<object?>(),
        _ => [],
    };
}
