using System.Collections.Immutable;
using System.Globalization;
using System.Reflection.Metadata;

namespace Ledger.Domain.Evidence.Code;

/// <summary>Writes types in signatures as text; how a named type is written is left to the one who asks.</summary>
internal abstract class TypeNames : ISignatureTypeProvider<string, object?>
{
    public abstract string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind);

    public abstract string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind);

    public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

    public string GetSZArrayType(string elementType) => elementType + "[]";

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{new string(',', shape.Rank - 1)}]";

    public string GetByReferenceType(string elementType) => elementType + "&";

    public string GetPointerType(string elementType) => elementType + "*";

    public string GetPinnedType(string elementType) => elementType + " pinned";

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => $"{unmodifiedType} mod {modifier}";

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
        $"{genericType}<{string.Join(',', typeArguments)}>";

    public string GetGenericTypeParameter(object? genericContext, int index) => "!" + index.ToString(CultureInfo.InvariantCulture);

    public string GetGenericMethodParameter(object? genericContext, int index) => "!!" + index.ToString(CultureInfo.InvariantCulture);

    public string GetFunctionPointerType(MethodSignature<string> signature) => "fnptr " + Text(signature);

    public static string Text(MethodSignature<string> signature) =>
        $"{(signature.Header.IsInstance ? "instance " : "")}{signature.ReturnType}"
        + $"{(signature.GenericParameterCount > 0 ? $"`{signature.GenericParameterCount}" : "")}({string.Join(',', signature.ParameterTypes)})";
}

/// <summary>Types by their full names, made-up ones included: for finding a member within one compilation.</summary>
internal sealed class PlainTypeNames : TypeNames
{
    public override string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        return type.IsNested
            ? $"{GetTypeFromDefinition(reader, type.GetDeclaringType(), rawTypeKind)}+{name}"
            : Qualified(reader.GetString(type.Namespace), name);
    }

    public override string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        TypeReference type = reader.GetTypeReference(handle);
        string name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, rawTypeKind)}+{name}"
            : Qualified(reader.GetString(type.Namespace), name);
    }

    private static string Qualified(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";
}

/// <summary>Finds the definition behind a type specification: that of a generic type for its instantiation, else none.</summary>
internal sealed class DefinitionOf(CodeAssemblies code) : ISignatureTypeProvider<CodeType?, object?>
{
    public CodeType? GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
        new CodeType(code.ModuleOf(reader), handle);

    public CodeType? GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
        code.Type(code.ModuleOf(reader), handle);

    public CodeType? GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public CodeType? GetGenericInstantiation(CodeType? genericType, ImmutableArray<CodeType?> typeArguments) => genericType;

    public CodeType? GetPinnedType(CodeType? elementType) => elementType;

    public CodeType? GetModifiedType(CodeType? modifier, CodeType? unmodifiedType, bool isRequired) => unmodifiedType;

    public CodeType? GetArrayType(CodeType? elementType, ArrayShape shape) => null;

    public CodeType? GetByReferenceType(CodeType? elementType) => null;

    public CodeType? GetFunctionPointerType(MethodSignature<CodeType?> signature) => null;

    public CodeType? GetGenericMethodParameter(object? genericContext, int index) => null;

    public CodeType? GetGenericTypeParameter(object? genericContext, int index) => null;

    public CodeType? GetPointerType(CodeType? elementType) => null;

    public CodeType? GetPrimitiveType(PrimitiveTypeCode typeCode) => null;

    public CodeType? GetSZArrayType(CodeType? elementType) => null;
}
