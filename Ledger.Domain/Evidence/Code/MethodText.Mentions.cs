using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Ledger.Domain.Evidence.Code;

/// <content>Tokens as names, and the notes taken of what they name.</content>
internal sealed partial class MethodText
{
    private string Mention(CodeType type)
    {
        if (type.IsGenerated)
            return Number(type, () => WriteType(type));
        Mentions.Add(type);
        return type.FullName;
    }

    private string TypeName(CodeModule module, EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeDefinition => GetTypeFromDefinition(module.Metadata, (TypeDefinitionHandle)handle, 0),
        HandleKind.TypeReference => GetTypeFromReference(module.Metadata, (TypeReferenceHandle)handle, 0),
        HandleKind.TypeSpecification => GetTypeFromSpecification(module.Metadata, null, (TypeSpecificationHandle)handle, 0),
        _ => "",
    };

    private string Operand(CodeModule module, OpCode code, int token)
    {
        if (code.OperandType == OperandType.InlineString)
            return Quoted(module.Metadata.GetUserString((UserStringHandle)MetadataTokens.Handle(token)));
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        switch (handle.Kind)
        {
            case HandleKind.StandaloneSignature:
                return Text(module.Metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(this, null));
            case HandleKind.MethodDefinition or HandleKind.MethodSpecification:
                return Method(module, handle);
            case HandleKind.FieldDefinition:
                return Mention(new CodeField(module, (FieldDefinitionHandle)handle));
            case HandleKind.MemberReference:
                MemberReference member = module.Metadata.GetMemberReference((MemberReferenceHandle)handle);
                return member.GetKind() == MemberReferenceKind.Field ? Field(module, handle, member) : Method(module, handle);
            default:
                if (code == OpCodes.Box || code == OpCodes.Ldtoken || code == OpCodes.Constrained)
                    NoteEnum(_code.Type(module, handle));
                return TypeName(module, handle);
        }
    }

    private string Method(CodeModule module, EntityHandle handle)
    {
        if (handle.Kind == HandleKind.MethodSpecification)
        {
            MethodSpecification instance = module.Metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
            foreach (CodeType? argument in instance.DecodeSignature(_code.DefinitionOf, null))
                NoteEnum(argument);
            return $"{Method(module, instance.Method)}<{string.Join(',', instance.DecodeSignature(this, null))}>";
        }

        string owner = "";
        string signature = "";
        if (handle.Kind == HandleKind.MemberReference)
        {
            MemberReference member = module.Metadata.GetMemberReference((MemberReferenceHandle)handle);
            owner = TypeName(module, member.Parent) + "::";
            signature = $"{module.Metadata.GetString(member.Name)} {Text(member.DecodeMethodSignature(this, null))}";
        }

        return owner + (_code.Method(module, handle) is { } ours ? Mention(ours) : signature);
    }

    private string Mention(CodeMethod method)
    {
        if (method.IsGenerated)
            return Number(method, () => WriteMethod(method));
        Calls.Add(method);
        Initialises.Add(method.Type);
        return $"{Mention(method.Type)}::{method.Name} {Text(method.Definition.DecodeSignature(this, null))}";
    }

    private string Field(CodeModule module, EntityHandle handle, MemberReference member) =>
        $"{TypeName(module, member.Parent)}::" + (_code.Field(module, handle) is { } ours
            ? Mention(ours)
            : $"{module.Metadata.GetString(member.Name)} {member.DecodeFieldSignature(this, null)}");

    private string Mention(CodeField field)
    {
        if (field.IsGenerated)
            return Number(field, () => WriteField(field));
        Initialises.Add(field.Type);
        return $"{Mention(field.Type)}::{field.Name} {field.Definition.DecodeSignature(this, null)}";
    }

    private static string Quoted(string constant) => $"{constant.Length}:{constant}";

    private void NoteEnum(CodeType? type)
    {
        if (type is { IsGenerated: false } ours && CodeAssemblies.IsEnum(ours))
            NamedEnums.Add(ours);
    }
}
