using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Loader;
using Ledger.Domain.Store;
using Ledger.Query.Export;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using MediatR;
using Shouldly;
using Xunit;
using Assembly = System.Reflection.Assembly;
using Type = System.Type;

namespace Ledger.Tests.Contracts;

/// <summary>What may depend on what, and how things are named: the parts of the design that a compiler does not hold.</summary>
public sealed partial class LayerRules
{
    private static readonly Assembly Domain = typeof(EventNames).Assembly, Query = typeof(PlainPyTorch).Assembly, Runner = typeof(StepTask).Assembly;

    private static readonly Lazy<IReadOnlyList<IType>> Types = new(() => [.. new ArchLoader().LoadAssemblies(Domain, Query, Runner).Build().Types]);

    [Fact]
    public void The_domain_knows_neither_the_other_parts_nor_their_tools() =>
        References(Domain, "ledger", "ledger-query", "TorchSharp", "MediatR", "FluentValidation", "Spectre.", "System.CommandLine").ShouldBeEmpty();

    [Fact]
    public void Reading_needs_no_tensors_and_nothing_that_runs() =>
        References(Query, "ledger", "TorchSharp", "YamlDotNet").ShouldBeEmpty();

    [Fact]
    public void Only_the_composition_root_and_the_terminal_join_what_runs_with_what_reads()
    {
        Uses(Runner, Domain).ShouldNotBeEmpty();
        Uses(Runner, Query).Where(use => use.Origin.Namespace.FullName is not ("Ledger.Runner" or "Ledger.Runner.Terminal" or ""))
            .Select(use => $"{use.Origin.FullName} uses {use.Target.FullName}").Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Marten_is_configured_in_one_place() =>
        Types.Value.SelectMany(t => t.Dependencies).Where(use => use.Target.FullName is "Marten.StoreOptions" or "Marten.DocumentStore")
            .Select(use => use.Origin.Namespace.FullName).Distinct().ShouldBe(["Ledger.Domain.Store"]);

    [Fact]
    public void Torchs_own_generator_is_seeded_in_one_place()
    {
        string[] seeding = [.. Types.Value.SelectMany(t => t.Dependencies).OfType<MethodCallDependency>()
            .Where(call => call.TargetMember.Name.StartsWith("manual_seed", StringComparison.Ordinal) && call.Target.FullName.StartsWith("TorchSharp.torch", StringComparison.Ordinal))
            .Select(call => call.Origin.FullName).Distinct()];

        seeding.ShouldBe([typeof(Determinism).FullName!]);
    }

    [Fact]
    public void Events_hold_nothing_but_values_and_records_of_values()
    {
        var faults = new List<string>();
        var seen = new HashSet<Type>();
        foreach (Type type in EventNames.All.Keys)
            Check(type, type.Name, seen, faults);
        faults.ShouldBeEmpty();
    }

    [Fact]
    public void No_type_is_named_for_doing_things_in_general() =>
        Own().Where(t => Vague().IsMatch(t.Name)).Select(t => t.FullName).ShouldBeEmpty();

    [Fact]
    public void A_handler_stands_inside_its_request()
    {
        var handlers = Own().SelectMany(type => type.GetInterfaces()
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRequestHandler<,>))
            .Select(i => (Handler: type, Request: i.GetGenericArguments()[0])));

        handlers.Where(h => h.Handler.DeclaringType != h.Request).Select(h => $"{h.Handler.FullName} handles {h.Request.FullName}").ShouldBeEmpty();
    }

    private static IEnumerable<string?> References(Assembly assembly, params string[] forbidden) =>
        assembly.GetReferencedAssemblies().Select(a => a.Name)
            .Where(name => forbidden.Any(f => f.EndsWith('.') ? name!.StartsWith(f, StringComparison.Ordinal) : name == f));

    private static IEnumerable<ITypeDependency> Uses(Assembly by, Assembly of)
    {
        HashSet<string?> inside = Names(by), outside = Names(of);
        return Types.Value.Where(t => inside.Contains(t.FullName)).SelectMany(t => t.Dependencies).Where(d => outside.Contains(d.Target.FullName));
    }

    private static HashSet<string?> Names(Assembly assembly) => [.. assembly.GetTypes().Where(t => !t.Name.Contains('<')).Select(t => t.FullName)];

    private static IEnumerable<Type> Own() => new[] { Domain, Query, Runner }.SelectMany(a => a.GetTypes()).Where(t => !t.Name.Contains('<'));

    private static void Check(Type type, string path, HashSet<Type> seen, List<string> faults)
    {
        Type[] inside = type.IsArray ? [type.GetElementType()!] : type.IsGenericType ? type.GetGenericArguments() : [];
        if (inside.Length > 0 || IsValue(type) || !seen.Add(type))
        {
            foreach (Type element in inside)
                Check(element, path, seen, faults);
            return;
        }

        if (type.Assembly != Domain)
        {
            faults.Add($"{path} is a {type.FullName}");
            return;
        }

        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            Check(property.PropertyType, $"{path}.{property.Name}", seen, faults);
        foreach (Type derived in Domain.GetTypes().Where(t => t.BaseType == type))
            Check(derived, derived.Name, seen, faults);
    }

    private static bool IsValue(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(JsonElement);

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utility|Utilities|Processor|Repository)(`\\d+)?$")]
    private static partial Regex Vague();
}
