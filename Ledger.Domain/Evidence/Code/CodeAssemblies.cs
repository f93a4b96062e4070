using System.Reflection;
using System.Reflection.Metadata;

namespace Ledger.Domain.Evidence.Code;

/// <summary>Our own assemblies together: finds what a token of one means in another, and who overrides what.</summary>
internal sealed partial class CodeAssemblies : IDisposable
{
    public static readonly PlainTypeNames Plain = new();

    private readonly CodeModule[] _modules;

    private readonly Dictionary<MetadataReader, CodeModule> _moduleOf;

    private readonly Dictionary<(string Assembly, string Type), CodeType> _types;

    private readonly Lazy<ILookup<(string Name, int Parameters), CodeMethod>> _methods;

    private readonly Dictionary<CodeType, HashSet<CodeType>> _ancestors = [];

    public CodeAssemblies(IEnumerable<string> paths)
    {
        _modules = [.. paths.Select(path => new CodeModule(path))];
        DefinitionOf = new DefinitionOf(this);
        _moduleOf = _modules.ToDictionary(module => module.Metadata);
        _types = _modules.SelectMany(module => module.Types).ToDictionary(type => (type.Module.Name, type.FullName));
        _methods = new(() => _types.Values.SelectMany(type => type.Methods).ToLookup(m => (m.SimpleName, m.ParameterCount)));
    }

    public DefinitionOf DefinitionOf { get; }

    public IEnumerable<CodeType> Types => _types.Values;

    public CodeModule ModuleOf(MetadataReader reader) => _moduleOf[reader];

    public void Dispose() => Array.ForEach(_modules, module => module.Dispose());

    /// <summary>The type behind a definition, reference or generic instantiation; null when it is not ours.</summary>
    public CodeType? Type(CodeModule module, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                return new CodeType(module, (TypeDefinitionHandle)handle);
            case HandleKind.TypeSpecification:
                return module.Metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(DefinitionOf, null);
            case HandleKind.TypeReference:
                string name = Plain.GetTypeFromReference(module.Metadata, (TypeReferenceHandle)handle, 0);
                return _types.TryGetValue((AssemblyOf(module, (TypeReferenceHandle)handle), name), out CodeType type) ? type : null;
            default:
                return null;
        }
    }

    public CodeMethod? Method(CodeModule module, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.MethodDefinition)
            return new CodeMethod(module, (MethodDefinitionHandle)handle);
        if (handle.Kind == HandleKind.MethodSpecification)
            return Method(module, module.Metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
        MemberReference member = module.Metadata.GetMemberReference((MemberReferenceHandle)handle);
        if (member.Parent.Kind == HandleKind.MethodDefinition)
            return new CodeMethod(module, (MethodDefinitionHandle)member.Parent);
        string name = module.Metadata.GetString(member.Name);
        string signature = TypeNames.Text(member.DecodeMethodSignature(Plain, null));
        foreach (CodeMethod method in Type(module, member.Parent)?.Methods ?? [])
        {
            if (method.Name == name && TypeNames.Text(method.Definition.DecodeSignature(Plain, null)) == signature)
                return method;
        }

        return null;
    }

    public CodeField? Field(CodeModule module, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.FieldDefinition)
            return new CodeField(module, (FieldDefinitionHandle)handle);
        MemberReference member = module.Metadata.GetMemberReference((MemberReferenceHandle)handle);
        if (Type(module, member.Parent) is not { } type)
            return null;
        string name = module.Metadata.GetString(member.Name);
        return type.Definition.GetFields().Select(field => (CodeField?)new CodeField(type.Module, field))
            .FirstOrDefault(field => field!.Value.Name == name);
    }

    public static CodeMethod? StaticConstructor(CodeType type) =>
        type.Methods.Select(m => (CodeMethod?)m).FirstOrDefault(m => m!.Value.Name == ".cctor");

    public static bool IsInterface(CodeType type) => type.Definition.Attributes.HasFlag(TypeAttributes.Interface);

    public static bool IsEnum(CodeType type) => BaseName(type) == "System.Enum";

    public static bool IsStruct(CodeType type) => BaseName(type) == "System.ValueType";

    /// <summary>Our own base types and interfaces, direct and indirect.</summary>
    public IReadOnlySet<CodeType> Ancestors(CodeType type)
    {
        if (_ancestors.TryGetValue(type, out HashSet<CodeType>? known))
            return known;
        HashSet<CodeType> ancestors = [];
        foreach (CodeType parent in Parents(type).OfType<CodeType>())
            ancestors.UnionWith(Ancestors(parent).Append(parent));
        return _ancestors[type] = ancestors;
    }

    private static string BaseName(CodeType type) => type.Definition.BaseType is { IsNil: false, Kind: HandleKind.TypeReference } parent
        ? Plain.GetTypeFromReference(type.Module.Metadata, (TypeReferenceHandle)parent, 0)
        : "";

    private IEnumerable<CodeType?> Parents(CodeType type)
    {
        EntityHandle parent = type.Definition.BaseType;
        return Interfaces(type).Append(parent.IsNil ? null : Type(type.Module, parent));
    }

    private IEnumerable<CodeType?> Interfaces(CodeType type) => type.Definition.GetInterfaceImplementations()
        .Select(handle => Type(type.Module, type.Module.Metadata.GetInterfaceImplementation(handle).Interface));

    private static string AssemblyOf(CodeModule module, TypeReferenceHandle handle)
    {
        EntityHandle scope = module.Metadata.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => AssemblyOf(module, (TypeReferenceHandle)scope),
            HandleKind.AssemblyReference => module.Metadata.GetString(module.Metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name),
            _ => module.Name,
        };
    }
}
