using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.InteropServices;
using System.Text;

namespace Ledger.Domain.Evidence.Code;

/// <summary>
/// What one method of the source means, as text: its IL with tokens as names, and with everything the compiler made for
/// it (lambdas, closures, state machines, static data) written out below under numbers in the order of first mention.
/// So nothing in it depends on tokens, on made-up names or on other members. On the way it notes what is mentioned.
/// </summary>
internal sealed partial class MethodText : TypeNames
{
    private readonly CodeAssemblies _code;

    private readonly StringBuilder _text = new();

    private readonly Dictionary<object, int> _numbers = [];

    private readonly Queue<Action> _pending = new();

    private MethodText(CodeAssemblies code) => _code = code;

    /// <summary>The assembly, type, name and signature.</summary>
    public string Name { get; private set; } = "";

    public ContentHash Hash => ContentHash.Of(MemoryMarshal.AsBytes<char>(_text.ToString().ToCharArray()));

    public HashSet<CodeMethod> Calls { get; } = [];

    public HashSet<CodeType> Mentions { get; } = [];

    /// <summary>Types whose static constructor may run.</summary>
    public HashSet<CodeType> Initialises { get; } = [];

    /// <summary>Enums whose member names may be read: boxed, or given to generic code.</summary>
    public HashSet<CodeType> NamedEnums { get; } = [];

    public static MethodText Of(CodeAssemblies code, CodeMethod method)
    {
        var text = new MethodText(code);
        text.Initialises.Add(method.Type);
        text.WriteMethod(method);
        text.Name = $"{method.Module.Name}!{text._text.ToString().Split('\n')[0]}";
        while (text._pending.TryDequeue(out Action? expand))
            expand();
        return text;
    }

    public override string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
        Mention(new CodeType(_code.ModuleOf(reader), handle));

    public override string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
        _code.Type(_code.ModuleOf(reader), handle) is { } ours ? Mention(ours) : CodeAssemblies.Plain.GetTypeFromReference(reader, handle, rawTypeKind);

    private string Number(object made, Action expand)
    {
        if (!_numbers.TryGetValue(made, out int number))
        {
            number = _numbers[made] = _numbers.Count;
            _pending.Enqueue(() =>
            {
                _text.Append(CultureInfo.InvariantCulture, $"\n#{number} ");
                expand();
            });
        }

        return "#" + number.ToString(CultureInfo.InvariantCulture);
    }

    private void WriteType(CodeType type)
    {
        TypeDefinition definition = type.Definition;
        _text.Append("type ").Append(GeneratedName.WithoutOrdinals(type.Module.Metadata.GetString(definition.Name)));
        _text.Append(" : ").Append(TypeName(type.Module, definition.BaseType));
        foreach (InterfaceImplementationHandle implemented in definition.GetInterfaceImplementations())
            _text.Append(", ").Append(TypeName(type.Module, type.Module.Metadata.GetInterfaceImplementation(implemented).Interface));
        foreach (CodeMethod method in type.Methods.Where(m => m.Is(MethodAttributes.Virtual) || m.Name == ".cctor"))
            _text.Append("\n  ").Append(Mention(method));
    }

    private void WriteField(CodeField field)
    {
        string type = field.Definition.DecodeSignature(this, null);
        _text.Append("field ").Append(Mention(field.Type)).Append("::").Append(GeneratedName.WithoutOrdinals(field.Type.IsGenerated && IsData(field) ? "<>data" : field.Name));
        _text.Append(' ').Append(type);
        if (IsData(field))
            _text.Append(" = ").Append(Convert.ToHexString(field.Module.Data(field.Definition.GetRelativeVirtualAddress(), DataSize(field))));
    }

    private void WriteMethod(CodeMethod method)
    {
        MethodDefinition definition = method.Definition;
        _text.Append(Mention(method.Type)).Append("::").Append(GeneratedName.WithoutOrdinals(method.Name));
        _text.Append(' ').Append(Text(definition.DecodeSignature(this, null)));
        if (method.Is(MethodAttributes.PinvokeImpl))
        {
            MethodImport import = definition.GetImport();
            _text.Append("\nimport ").Append(method.Module.Metadata.GetString(method.Module.Metadata.GetModuleReference(import.Module).Name))
                .Append(' ').Append(method.Module.Metadata.GetString(import.Name));
        }

        if (method.Module.Body(definition) is { } body)
            WriteBody(method.Module, body);
    }

    private void WriteBody(CodeModule module, MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil)
        {
            StandaloneSignature locals = module.Metadata.GetStandaloneSignature(body.LocalSignature);
            _text.Append("\nlocals ").AppendJoin(',', locals.DecodeLocalSignature(this, null));
        }

        foreach (Instruction instruction in Instructions.Read(body.GetILBytes()!))
        {
            _text.Append('\n').Append(instruction.OpCode.Name).Append(' ');
            _text.Append(instruction.Token is { } token ? Operand(module, instruction.OpCode, token) : Convert.ToHexString(instruction.Operand));
        }

        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            string caught = region.CatchType.IsNil ? "" : TypeName(module, region.CatchType);
            _text.Append(CultureInfo.InvariantCulture, $"\n{region.Kind} {region.TryOffset}+{region.TryLength} {region.HandlerOffset}+{region.HandlerLength} {region.FilterOffset} {caught}");
        }
    }

    private static bool IsData(CodeField field) => field.Definition.Attributes.HasFlag(FieldAttributes.HasFieldRVA);

    private int DataSize(CodeField field)
    {
        BlobReader signature = field.Module.Metadata.GetBlobReader(field.Definition.Signature);
        signature.ReadSignatureHeader();
        return signature.ReadSignatureTypeCode() switch
        {
            SignatureTypeCode.Boolean or SignatureTypeCode.SByte or SignatureTypeCode.Byte => 1,
            SignatureTypeCode.Char or SignatureTypeCode.Int16 or SignatureTypeCode.UInt16 => 2,
            SignatureTypeCode.Int32 or SignatureTypeCode.UInt32 or SignatureTypeCode.Single => 4,
            SignatureTypeCode.Int64 or SignatureTypeCode.UInt64 or SignatureTypeCode.Double => 8,
            _ => field.Definition.DecodeSignature(_code.DefinitionOf, null) is { } type ? type.Definition.GetLayout().Size : 0,
        };
    }
}
