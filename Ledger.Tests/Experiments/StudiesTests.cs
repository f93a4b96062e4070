using Ledger.Runner.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

/// <summary>The experiment files that are shipped.</summary>
public sealed class StudiesTests
{
    [Theory]
    [InlineData("quickstart", null)]
    [InlineData("adversarial-finetuning", "cpu")]
    [InlineData("adversarial-finetuning", "full")]
    [InlineData("compressibility", "cpu")]
    [InlineData("compressibility", "full")]
    [InlineData("tscnc", "cpu")]
    [InlineData("tscnc", "full")]
    public void Every_scale_of_a_shipped_study_is_a_plan(string study, string? scale)
    {
        var file = Path.Combine(Specs.Root, "experiments", $"{study}.yaml");

        ReadSpec.Parse(file, File.ReadAllText(file), scale).Runs.ShouldNotBeEmpty();
    }
}
