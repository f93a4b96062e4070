using System.Reflection;
using System.Reflection.Metadata;

namespace Ledger.Domain.Evidence.Code;

/// <content>Which methods a call may end in besides the one it names.</content>
internal sealed partial class CodeAssemblies
{
    /// <summary>
    /// Every method that a virtual call of <paramref name="called"/> may reach, whoever makes the instance: overrides and
    /// implementations in all of our types, by name and number of parameters, rather one too many than one too few.
    /// </summary>
    public IEnumerable<CodeMethod> Overrides(CodeMethod called)
    {
        if (!called.Is(MethodAttributes.Virtual))
            return [];
        CodeType declaring = called.Type;
        IEnumerable<CodeMethod> named = _methods.Value[(called.SimpleName, called.ParameterCount)]
            .Where(m => m.Handle != called.Handle || m.Module != called.Module);
        if (!IsInterface(declaring))
            return named.Where(m => m.Is(MethodAttributes.Virtual) && Ancestors(m.Type).Contains(declaring));

        HashSet<CodeType> implementers = [.. Types.Where(type => Ancestors(type).Contains(declaring))];
        HashSet<CodeType> homes = [.. implementers, .. implementers.SelectMany(Ancestors)];
        return named.Where(m => homes.Contains(m.Type));
    }

    /// <summary>
    /// Methods of a type that code which is not ours may call through a base class or an interface of its own, as
    /// torch calls <c>forward</c> and a sort calls <c>Compare</c>. Not those a record gets from the compiler, which say
    /// nothing that its fields do not.
    /// </summary>
    public IEnumerable<CodeMethod> CalledFromOutside(CodeType type)
    {
        bool foreignInterface = Ancestors(type).Append(type).Any(HasForeignInterface);
        return type.Methods.Where(method => method.Is(MethodAttributes.Virtual)
            && (foreignInterface || !method.Is(MethodAttributes.NewSlot))
            && !IsSynthesised(method)
            && !Ancestors(type).Any(a => a.Methods.Any(m => Declares(m, a) && m.SimpleName == method.SimpleName && m.ParameterCount == method.ParameterCount)));
    }

    private bool HasForeignInterface(CodeType type) => Interfaces(type).Any(implemented => implemented is null);

    private static bool Declares(CodeMethod method, CodeType type) =>
        method.Is(MethodAttributes.Virtual) && (method.Is(MethodAttributes.NewSlot) || IsInterface(type));

    private static bool IsSynthesised(CodeMethod method) =>
        method.SimpleName is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "get_EqualityContract"
        && method.Definition.GetCustomAttributes().Any(handle => IsCompilerGenerated(method.Module, handle));

    private static bool IsCompilerGenerated(CodeModule module, CustomAttributeHandle handle) =>
        module.Metadata.GetCustomAttribute(handle).Constructor is { Kind: HandleKind.MemberReference } constructor
        && module.Metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent is { Kind: HandleKind.TypeReference } type
        && module.Metadata.GetString(module.Metadata.GetTypeReference((TypeReferenceHandle)type).Name) == "CompilerGeneratedAttribute";
}
