using System.Reflection;
using Ledger.Domain.Evidence.Code;
using Ledger.Runner.Torch;
using Shouldly;
using TorchSharp;
using Xunit;

namespace Ledger.Tests.Torch;

/// <summary>
/// A number made on the way into an operation of torch may be freed while native code reads it (see <see cref="Numbers"/>): once in some
/// thousand million operations, as a segmentation fault. So it is looked for in the code, not waited for.
/// </summary>
public sealed class HeldNumbersTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    [Fact]
    public void No_operation_in_the_code_of_steps_is_given_a_number_that_nobody_holds()
    {
        var makers = Makers();

        string[] found =
        [
            .. typeof(Numbers).Assembly.GetTypes().SelectMany(Methods)
                .SelectMany(method => Unheld(method, makers).Select(call => $"{method.DeclaringType!.FullName}.{method.Name} → {call}"))
                .Order(StringComparer.Ordinal),
        ];

        found.ShouldBeEmpty();
    }

    /// <summary>Methods of TorchSharp that make a number and hand it on, and what calls them.</summary>
    private static HashSet<MethodBase> Makers()
    {
        var calls = typeof(torch).Assembly.GetTypes().SelectMany(Methods).ToDictionary(method => method, method => Calls(method).ToList());
        var makers = calls.Where(method => Unheld(method.Key, []).Any()).Select(method => method.Key).ToHashSet();
        for (var size = -1; size != makers.Count;)
        {
            size = makers.Count;
            makers.UnionWith(calls.Where(method => method.Value.Any(call => makers.Contains(call.Method))).Select(method => method.Key));
        }

        return makers;
    }

    private static IEnumerable<string> Unheld(MethodBase method, HashSet<MethodBase> makers) =>
        Calls(method).Where(call => makers.Contains(call.Method) || (MakesNumber(call.Method) && !IsKept(call.Next))).Select(call => call.Method.ToString()!);

    private static bool MakesNumber(MethodBase method) => method is MethodInfo { ReturnType: var made } && made == typeof(Scalar) && method.Name is "op_Implicit" or "ToScalar";

    private static bool IsKept(Instruction? next) => next is { OpCode.Name: { } name } && (name.StartsWith("st", StringComparison.Ordinal) || name is "ret" or "dup");

    private static IEnumerable<MethodBase> Methods(Type type) => type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared));

    private static IEnumerable<(MethodBase Method, Instruction? Next)> Calls(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
            yield break;
        var instructions = Instructions.Read(il).ToList();
        for (var at = 0; at < instructions.Count; at++)
        {
            if (instructions[at] is { OpCode.OperandType: System.Reflection.Emit.OperandType.InlineMethod, Token: { } token } && Resolve(method, token) is { } called)
                yield return (called, at + 1 < instructions.Count ? instructions[at + 1] : null);
        }
    }

    private static MethodBase? Resolve(MethodBase method, int token)
    {
        var generic = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        return method.Module.ResolveMethod(token, generic, method.IsGenericMethod ? method.GetGenericArguments() : null);
    }
}
