using System.Reflection;
using System.Text;

namespace Ledger.Domain.Evidence.Code;

/// <summary>Everything reachable from some methods, each method and type with the hash of its text.</summary>
internal sealed class Closure(CodeAssemblies code)
{
    private readonly Queue<CodeMethod> _pending = new();

    private readonly HashSet<CodeMethod> _reached = [];

    private readonly HashSet<CodeType> _mentioned = [];

    private readonly HashSet<CodeType> _initialised = [];

    /// <summary>Name of a method or type → hash of its text.</summary>
    public SortedDictionary<string, ContentHash> Units { get; } = new(StringComparer.Ordinal);

    public List<string> MethodNames { get; } = [];

    public void Reach(CodeMethod method)
    {
        if (_reached.Add(method))
            _pending.Enqueue(method);
    }

    public void Complete()
    {
        while (_pending.TryDequeue(out CodeMethod method))
        {
            MethodText text = MethodText.Of(code, method);
            Units[text.Name] = text.Hash;
            MethodNames.Add(text.Name);
            foreach (CodeMethod called in text.Calls)
                Call(called);
            foreach (CodeType type in text.Mentions)
                Mention(type);
            foreach (CodeType type in text.Initialises)
                Initialise(type);
            foreach (CodeType type in text.NamedEnums)
                Units[$"{type.Module.Name}!{type.FullName}"] = Hash(Members(type));
        }
    }

    private void Call(CodeMethod method)
    {
        Reach(method);
        foreach (CodeMethod target in code.Overrides(method))
            Reach(target);
    }

    private void Mention(CodeType type)
    {
        if (!_mentioned.Add(type))
            return;
        foreach (CodeMethod method in code.CalledFromOutside(type))
            Reach(method);
        foreach (CodeType ancestor in code.Ancestors(type))
            Mention(ancestor);
        if (CodeAssemblies.IsStruct(type))
            Units[$"{type.Module.Name}!{type.FullName}"] = Hash(Fields(type));
    }

    private void Initialise(CodeType type)
    {
        if (!_initialised.Add(type))
            return;
        if (CodeAssemblies.StaticConstructor(type) is { } constructor)
            Reach(constructor);
        foreach (CodeType ancestor in code.Ancestors(type))
            Initialise(ancestor);
    }

    private static string Fields(CodeType type) => string.Join('\n', type.Definition.GetFields()
        .Select(handle => type.Module.Metadata.GetFieldDefinition(handle))
        .Where(field => !field.Attributes.HasFlag(FieldAttributes.Static))
        .Select(field => $"{type.Module.Metadata.GetString(field.Name)} {field.DecodeSignature(CodeAssemblies.Plain, null)}"));

    private static string Members(CodeType type) => string.Join('\n', type.Definition.GetFields()
        .Select(handle => type.Module.Metadata.GetFieldDefinition(handle))
        .Where(field => !field.GetDefaultValue().IsNil)
        .Select(field => $"{type.Module.Metadata.GetString(field.Name)} {Convert.ToHexString(type.Module.Metadata.GetBlobBytes(type.Module.Metadata.GetConstant(field.GetDefaultValue()).Value))}"));

    private static ContentHash Hash(string text) => ContentHash.Of(Encoding.UTF8.GetBytes(text));
}
