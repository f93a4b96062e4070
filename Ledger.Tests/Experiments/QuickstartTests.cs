using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Runner.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

public class QuickstartTests
{
    private readonly ResolvedExperiment _quickstart = ReadSpec.Read(Specs.Quickstart);

    [Fact]
    public void The_quickstart_is_sixteen_runs_the_first_seed_first()
    {
        _quickstart.Runs.Select(run => run.Number).ShouldBe(Enumerable.Range(1, 16));
        _quickstart.Runs.Select(run => $"{run.Seed} {string.Join(' ', run.Point.Values)}").Take(9).ShouldBe(
        [
            "1 standard none", "1 standard magnitude", "1 standard filters", "1 standard int8",
            "1 adversarial none", "1 adversarial magnitude", "1 adversarial filters", "1 adversarial int8", "2 standard none",
        ]);
        _quickstart.Axes.ShouldBe(["base", "compress"]);
    }

    [Theory]
    [InlineData("none", "base, attacks/fgsm, attacks/pgd-linf, attacks/pgd-l2, measure")]
    [InlineData("magnitude", "base, small, tuned, attacks/fgsm, attacks/pgd-linf, attacks/pgd-l2, measure")]
    [InlineData("filters", "base, small, tuned, attacks/fgsm, attacks/pgd-linf, attacks/pgd-l2, measure")]
    [InlineData("int8", "base, small, attacks/fgsm, attacks/pgd-linf, attacks/pgd-l2, measure")]
    public void Each_compression_has_its_steps(string compress, string paths) =>
        string.Join(", ", _quickstart.At(compress).Steps.Select(step => step.Path)).ShouldBe(paths);

    [Fact]
    public void Four_trainings_from_scratch_are_asked_for_in_all()
    {
        var bases = _quickstart.Runs.Select(run => (run.Seed, Config: run.Step("base").Config.GetRawText(), Seeds: string.Join('>', run.Step("base").SeedPath)));
        bases.Distinct().Count().ShouldBe(4);
    }

    [Fact]
    public void The_same_compression_of_both_bases_has_the_same_configuration() =>
        _quickstart.Runs.Where(run => run.Point["compress"] == "filters").Select(run => run.Step("small").Config.GetRawText()).Distinct().ShouldHaveSingleItem();

    [Fact]
    public void Seeds_hang_on_the_steps_that_ran()
    {
        _quickstart.At("magnitude").Step("attacks/fgsm").SeedPath.ShouldBe(["base", "small", "tuned", "attacks/fgsm"]);
        _quickstart.At("none").Step("attacks/fgsm").SeedPath.ShouldBe(["base", "attacks/fgsm"]);
    }

    [Fact]
    public void Every_configuration_reads_back_as_what_the_runner_takes()
    {
        foreach (var step in _quickstart.Runs.SelectMany(run => run.Steps))
        {
            var spec = step.Config.Deserialize<StepSpec>(LedgerJson.Options);
            CanonicalJson.Bytes(spec).ShouldBe(CanonicalJson.Bytes(step.Config), step.Path);
        }
    }

    [Fact]
    public void Adversarial_training_takes_the_adversary_its_axis_names()
    {
        var spec = (TrainSpec)_quickstart.Runs[4].Step("base").Config.Deserialize<StepSpec>(LedgerJson.Options)!;
        spec.Adversary.ShouldBe(new Adversary(
            "train", new Threat(Norm.Linf, Exact.Parse("0.1"), Space.Pixel, true), new Pgd(4, StepSize.Parse("2.5*eps/steps"), Start.Random)));
        spec.Recipe.ShouldBe(new Recipe(new Adam(1e-3), new Constant(), 128, 5));
    }

    [Fact]
    public void The_registered_form_is_small_enough_for_an_event() =>
        CanonicalJson.Bytes(_quickstart.Spec).Length.ShouldBeLessThan(8192);

    [Fact]
    public void The_digest_is_that_of_the_registered_form() =>
        _quickstart.SpecDigest.ShouldBe(CanonicalJson.Digest("ledger/spec/1", _quickstart.Spec).ToString());

    [Theory]
    [InlineData(null, 4, 27)]
    [InlineData("full", 40, 39)]
    public void The_example_in_the_description_of_the_format_resolves(string? scale, int epochs, int runs)
    {
        string page = File.ReadAllText(Path.Combine(Specs.Root, "experiments", "README.md"));
        string example = page.Split("```yaml\n")[1].Split("```")[0];
        var resolved = Specs.Resolve(example, scale);
        resolved.Runs.Count.ShouldBe(runs);
        var spec = (TrainSpec)resolved.Runs[0].Step("base").Config.Deserialize<StepSpec>(LedgerJson.Options)!;
        spec.Recipe.Epochs.ShouldBe(epochs);
        spec.Recipe.Schedule.ShouldBeOfType<MultiStep>().At.ShouldBe([epochs / 2, epochs * 3 / 4]);
    }
}
