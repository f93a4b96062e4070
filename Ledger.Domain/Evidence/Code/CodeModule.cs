using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Ledger.Domain.Evidence.Code;

/// <summary>A type, method or field defined in one of our own assemblies.</summary>
internal readonly record struct CodeType(CodeModule Module, TypeDefinitionHandle Handle)
{
    public TypeDefinition Definition => Module.Metadata.GetTypeDefinition(Handle);

    public string FullName => Module.FullName(Handle);

    public bool IsGenerated => Module.IsGenerated(Handle);

    public IEnumerable<CodeMethod> Methods
    {
        get
        {
            CodeModule module = Module;
            return Definition.GetMethods().Select(method => new CodeMethod(module, method));
        }
    }
}

/// <inheritdoc cref="CodeType"/>
internal readonly record struct CodeMethod(CodeModule Module, MethodDefinitionHandle Handle)
{
    public MethodDefinition Definition => Module.Metadata.GetMethodDefinition(Handle);

    public CodeType Type => new(Module, Definition.GetDeclaringType());

    public string Name => Module.Metadata.GetString(Definition.Name);

    /// <summary>An explicit implementation's name ends in the name of what it implements.</summary>
    public string SimpleName => Name[(Name.LastIndexOf('.') is var dot and > 0 ? dot + 1 : 0)..];

    public bool Is(MethodAttributes attribute) => (Definition.Attributes & attribute) == attribute;

    public int ParameterCount
    {
        get
        {
            BlobReader signature = Module.Metadata.GetBlobReader(Definition.Signature);
            if (signature.ReadSignatureHeader().IsGeneric)
                signature.ReadCompressedInteger();
            return signature.ReadCompressedInteger();
        }
    }

    public bool IsGenerated => GeneratedName.Is(Name) || Type.IsGenerated;
}

/// <inheritdoc cref="CodeType"/>
internal readonly record struct CodeField(CodeModule Module, FieldDefinitionHandle Handle)
{
    public FieldDefinition Definition => Module.Metadata.GetFieldDefinition(Handle);

    public CodeType Type => new(Module, Definition.GetDeclaringType());

    public string Name => Module.Metadata.GetString(Definition.Name);

    public bool IsGenerated => GeneratedName.Is(Name) || Type.IsGenerated;
}

/// <summary>One of our own assemblies, open for its metadata and IL.</summary>
internal sealed class CodeModule : IDisposable
{
    private readonly PEReader _file;

    private readonly Dictionary<TypeDefinitionHandle, (string Name, bool Generated)> _names = [];

    public CodeModule(string path)
    {
        _file = new PEReader(File.OpenRead(path), PEStreamOptions.PrefetchEntireImage);
        Metadata = _file.GetMetadataReader();
        Name = Metadata.GetString(Metadata.GetAssemblyDefinition().Name);
    }

    public MetadataReader Metadata { get; }

    /// <summary>The assembly's simple name.</summary>
    public string Name { get; }

    public IEnumerable<CodeType> Types => Metadata.TypeDefinitions.Select(type => new CodeType(this, type));

    /// <summary>Namespace and name, nested types joined by <c>+</c>.</summary>
    public string FullName(TypeDefinitionHandle handle) => Describe(handle).Name;

    public bool IsGenerated(TypeDefinitionHandle handle) => Describe(handle).Generated;

    /// <summary>Null for methods without a body here: abstract, native, supplied by the runtime.</summary>
    public MethodBodyBlock? Body(MethodDefinition method) =>
        method.RelativeVirtualAddress == 0 ? null : _file.GetMethodBody(method.RelativeVirtualAddress);

    /// <summary>The initial bytes of a static field that the assembly carries.</summary>
    public byte[] Data(int address, int size) => [.. _file.GetSectionData(address).GetContent(0, size)];

    public void Dispose() => _file.Dispose();

    private (string Name, bool Generated) Describe(TypeDefinitionHandle handle)
    {
        if (_names.TryGetValue(handle, out (string, bool) known))
            return known;
        TypeDefinition type = Metadata.GetTypeDefinition(handle);
        string name = Metadata.GetString(type.Name);
        if (type.IsNested)
        {
            (string outer, bool generated) = Describe(type.GetDeclaringType());
            return _names[handle] = ($"{outer}+{name}", generated || GeneratedName.Is(name));
        }

        string space = Metadata.GetString(type.Namespace);
        return _names[handle] = (space.Length == 0 ? name : $"{space}.{name}", GeneratedName.Is(name));
    }
}

/// <summary>
/// Names the C# compiler makes up for lambdas, closures, state machines, static data and anonymous types. They hold
/// ordinals that count unrelated members, so they may not enter a fingerprint as they are. <c>&lt;Clone&gt;$</c> and
/// <c>&lt;Main&gt;$</c> are fixed names.
/// </summary>
internal static class GeneratedName
{
    public static bool Is(string name) => name.StartsWith('<') && !name.EndsWith('$');

    /// <summary>What a made-up name says besides ordinals: <c>&lt;Run&gt;b__3_0</c> gives <c>&lt;Run&gt;b__#_#</c>.</summary>
    public static string WithoutOrdinals(string name)
    {
        int close = name.LastIndexOf('>');
        if (!Is(name) || close < 0)
            return name;
        string inside = name[1..close];
        string source = inside.All(char.IsAsciiDigit) ? "" : inside;
        return $"<{source}>{string.Concat(name[(close + 1)..].Select((c, i) => char.IsAsciiDigit(c) ? '#' : c)).Replace("##", "#", StringComparison.Ordinal)}";
    }
}
