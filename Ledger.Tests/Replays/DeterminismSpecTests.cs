using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Runner.Bench.DeterminismMatrix;
using Ledger.Runner.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Replays;

/// <summary>What the determinism bench carries out, held against all that a step's configuration can say.</summary>
public sealed class DeterminismSpecTests
{
    // Never written into a configuration: leaving the choice out means these.
    private static readonly object[] MeantByNothing = [AttackLoss.Ce, MinimumNormGoal.Threat, PrunedUnits.Filters, ActivationScheme.Affine];

    private static IReadOnlyList<StepSpec> Steps(string scale) =>
        [.. ReadSpec.Parse("determinism.yaml", MatrixSpec.Yaml, scale).Runs.SelectMany(run => run.Steps).Select(step => step.Config.Deserialize<StepSpec>(LedgerJson.Options)!)];

    [Theory]
    [InlineData("small")]
    [InlineData("full")]
    public void Every_kind_of_step_method_attack_and_setting_that_the_code_knows_is_in_the_matrix(string scale)
    {
        var possible = new HashSet<object>();
        CollectPossible(typeof(StepSpec), possible, []);
        var met = new HashSet<object>(MeantByNothing);
        foreach (var step in Steps(scale))
            CollectMet(step, met);

        possible.Count.ShouldBeGreaterThan(80);
        possible.Except(met).Select(choice => choice is Type type ? type.Name : $"{choice.GetType().Name}.{choice}").Order().ShouldBeEmpty();
    }

    [Fact]
    public void Every_metric_is_in_the_matrix() =>
        MeasureSpec.Names.Except(Steps("small").OfType<MeasureSpec>().SelectMany(measure => measure.Metrics)).ShouldBeEmpty();

    /// <summary>The members of closed families and of enumerations that hang on a type.</summary>
    private static void CollectPossible(Type type, HashSet<object> found, HashSet<Type> seen)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        foreach (var part in plain.IsArray ? [plain.GetElementType()!] : plain.GetGenericArguments())
            CollectPossible(part, found, seen);
        if (plain.Assembly != typeof(StepSpec).Assembly || !seen.Add(plain))
            return;
        if (plain.IsEnum)
            found.UnionWith(Enum.GetValues(plain).Cast<object>());
        foreach (var member in plain.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Select(attribute => attribute.DerivedType))
        {
            found.Add(member);
            CollectPossible(member, found, seen);
        }

        foreach (var property in plain.GetProperties(BindingFlags.Instance | BindingFlags.Public))
            CollectPossible(property.PropertyType, found, seen);
    }

    private static void CollectMet(object? value, HashSet<object> found)
    {
        if (value is IEnumerable many)
        {
            foreach (var item in many)
                CollectMet(item, found);
            return;
        }

        if (value is null || value.GetType().Assembly != typeof(StepSpec).Assembly)
            return;
        found.Add(value is Enum ? value : value.GetType());
        if (value is Enum)
            return;
        foreach (var property in value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
            CollectMet(property.GetValue(value), found);
    }
}
