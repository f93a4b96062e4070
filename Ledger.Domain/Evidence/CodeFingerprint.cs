using Ledger.Domain.Evidence.Code;

namespace Ledger.Domain.Evidence;

/// <summary>What an entry method can reach in our own assemblies.</summary>
/// <param name="Fingerprint">Equal for equal code, wherever and whenever it was built.</param>
/// <param name="Methods">The methods inside, as <c>assembly!type::name signature</c>, in ordinal order.</param>
public sealed record CodeClosure(ContentHash Fingerprint, IReadOnlyList<string> Methods);

/// <summary>
/// Identifies the code behind a step: the IL of every method that can be reached from its entry over our own
/// assemblies, and the versions of the packages that do the arithmetic. Comments, layout, line numbers, names of
/// locals, and code that cannot be reached do not count; what cannot be told statically is counted in rather than out.
/// It compares builds by one compiler with one set of compiler options: another may write other IL for the same source.
/// </summary>
public static class CodeFingerprint
{
    public const string Scheme = "ledger/code-fingerprint/1";

    /// <param name="assemblyPaths">Our own assemblies; calls into any other end there.</param>
    /// <param name="entryType">Full name; nested types joined by <c>+</c>.</param>
    /// <param name="entryMethod">All overloads of this name are entries.</param>
    /// <param name="packageVersions">Package → version, for the packages whose arithmetic decides the result.</param>
    /// <exception cref="ArgumentException">There is no such type or method.</exception>
    public static CodeClosure Of(
        IReadOnlyList<string> assemblyPaths, string entryType, string entryMethod, IReadOnlyDictionary<string, string> packageVersions)
    {
        using var code = new CodeAssemblies(assemblyPaths);
        var closure = new Closure(code);
        foreach (CodeMethod entry in Entries(code, entryType, entryMethod))
            closure.Reach(entry);
        closure.Complete();
        var value = new { Entry = $"{entryType}::{entryMethod}", closure.Units, Packages = packageVersions };
        return new CodeClosure(CanonicalJson.Digest(Scheme, value), [.. closure.MethodNames.Order(StringComparer.Ordinal)]);
    }

    private static CodeMethod[] Entries(CodeAssemblies code, string entryType, string entryMethod)
    {
        CodeMethod[] entries = [.. code.Types.Where(type => type.FullName == entryType).SelectMany(type => type.Methods).Where(m => m.Name == entryMethod)];
        return entries.Length > 0
            ? entries
            : throw new ArgumentException($"There is no method {entryType}.{entryMethod} in the assemblies given.", nameof(entryMethod));
    }
}
