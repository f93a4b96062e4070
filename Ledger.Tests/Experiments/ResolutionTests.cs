using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

public class ResolutionTests
{
    private static StepSpec Spec(PlannedStep step) => step.Config.Deserialize<StepSpec>(LedgerJson.Options)!;

    [Fact]
    public void An_option_with_each_inside_becomes_a_family_and_the_axis_a_union() =>
        Specs.Resolve(Specs.Small).Runs.Where(run => run.Seed == 1).Select(run => run.Point["compress"])
            .ShouldBe(["none", "filters/0.5", "filters/0.7", "int/8"]);

    [Theory]
    [InlineData("none", "base")]
    [InlineData("int/8", "small")]
    [InlineData("filters/0.5", "tuned")]
    public void A_step_whose_condition_is_false_hands_on_its_model(string label, string attacked) =>
        Specs.Resolve(Specs.Small).At(label).Step("weak/pgd").Inputs["model"].ShouldBe(attacked);

    [Theory]
    [InlineData("compress is filters", "filters/0.5 filters/0.7")]
    [InlineData("compress is not filters", "none int/8")]
    [InlineData("compress in [none, filters/0.7]", "none filters/0.7")]
    [InlineData("compress in [filters, int] and compress is not int/8", "filters/0.5 filters/0.7")]
    public void A_condition_knows_labels_and_families(string when, string labels)
    {
        var experiment = Specs.Resolve(Specs.Small + $"\n  extra: {{measure: bytes, model: base, when: \"{when}\"}}");
        string.Join(' ', experiment.Runs.Where(run => run.Seed == 1 && run.Steps.Any(s => s.Path == "extra")).Select(run => run.Point["compress"])).ShouldBe(labels);
    }

    [Theory]
    [InlineData("only: [{compress: [none, int]}]", "none int/8")]
    [InlineData("only: [{compress: filters/0.5}, {compress: none}]", "none filters/0.5")]
    [InlineData("except: [{compress: filters}]", "none int/8")]
    public void Only_keeps_what_matches_an_entry_and_except_drops_it(string filter, string labels) =>
        string.Join(' ', Specs.Resolve(Specs.With(("matrix:", $"matrix:\n  {filter}"))).Runs.Where(run => run.Seed == 1).Select(run => run.Point["compress"]))
            .ShouldBe(labels);

    [Fact]
    public void One_column_of_the_scales_is_chosen_and_the_others_leave_no_trace()
    {
        string scaled = Specs.With(("seeds:", "scales: {n: {cpu: 10, full: 200}}\nseeds:"), ("epochs: 10", "epochs: $n"));
        var (first, full) = (Specs.Resolve(scaled), Specs.Resolve(scaled, "full"));
        (first.Scale, full.Scale).ShouldBe(("cpu", "full"));
        first.SpecDigest.ShouldBe(Specs.Resolve(Specs.Small).SpecDigest);
        full.SpecDigest.ShouldNotBe(first.SpecDigest);
    }

    [Theory]
    [InlineData("attack: fgsm", """{"attack":"fgsm"}""")]
    [InlineData("attack: pgd, steps: 10, loss: ce", """{"attack":"pgd","restarts":1,"start":"random","stepSize":"2.5*eps/steps","steps":10}""")]
    [InlineData("attack: pgd, steps: 10, loss: kl, start: {normal: 0.001}", """{"attack":"pgd","loss":"kl","restarts":1,"start":"normal","startDeviation":0.001,"stepSize":"2.5*eps/steps","steps":10}""")]
    [InlineData("attack: pgd, steps: 10, loss: margin, start: sphere", """{"attack":"pgd","loss":"margin","restarts":1,"start":"sphere","stepSize":"2.5*eps/steps","steps":10}""")]
    [InlineData("attack: apgd-ce", """{"attack":"apgd-ce","restarts":1,"steps":100}""")]
    [InlineData("attack: apgd-t, steps: 50, targets: 3", """{"attack":"apgd-t","restarts":1,"steps":50,"targets":3}""")]
    [InlineData("attack: square, queries: 1000", """{"attack":"square","pInit":0.8,"queries":1000,"restarts":1}""")]
    [InlineData("attack: square, rescale: true", """{"attack":"square","pInit":0.8,"queries":5000,"rescale":true,"restarts":1}""")]
    [InlineData("worst-of: [fgsm, {attack: apgd-dlr, restarts: 2}]", """{"attack":"worst-of","parts":[{"attack":"fgsm"},{"attack":"apgd-dlr","restarts":2,"steps":100}]}""")]
    [InlineData("attack: fab, goal: threat", """{"attack":"fab","settings":{"alphaMax":0.1,"beta":0.9,"eta":1.05,"restarts":1,"steps":100}}""")]
    [InlineData("attack: fab-t, steps: 20, goal: distance", """{"attack":"fab-t","settings":{"alphaMax":0.1,"beta":0.9,"eta":1.05,"goal":"distance","restarts":1,"steps":20},"targets":9}""")]
    [InlineData("attack: deepfool", """{"attack":"deepfool","classes":10,"overshoot":0.02,"steps":50}""")]
    [InlineData("attack: noise, draws: 1000", """{"attack":"noise","draws":1000}""")]
    [InlineData("attack: uap, fit-on: {f.train: {first: 200}}, delta: 0.3",
        """{"attack":"uap","classes":10,"delta":0.3,"fitOn":{"first":200,"held":false,"source":"fashion-mnist-sample","split":"train"},"overshoot":0.02,"passes":20,"steps":10}""")]
    [InlineData("attack: sgd-uap, fit-on: f.train, decay: 0.9",
        """{"attack":"sgd-uap","batch":100,"cap":12,"decay":0.9,"epochs":10,"fitOn":{"held":false,"source":"fashion-mnist-sample","split":"train"},"step":0.8}""")]
    public void An_adversary_says_how_perturbations_are_sought(string written, string resolved) =>
        AttackOf(Specs.With(("attack: fgsm", written))).ShouldBe(resolved);

    [Fact]
    public void What_is_transferred_is_found_on_the_parent() =>
        AttackOf(Specs.With(("attack: fgsm", "worst-of: [fgsm, {transfer: {attack: apgd-ce}}, {transfer: fgsm}]"), ("attack: [fgsm, pgd]", "parent: base, attack: [fgsm, pgd]")))
            .ShouldBe("""{"attack":"worst-of","parts":[{"attack":"fgsm"},{"attack":"transfer","of":{"attack":"apgd-ce","restarts":1,"steps":100}},{"attack":"transfer","of":{"attack":"fgsm"}}]}""");

    private static string AttackOf(string text) =>
        Specs.Resolve(text).Runs[0].Step("weak/fgsm").Config.GetProperty("adversary").GetProperty("attack").GetRawText();

    [Fact]
    public void Percentages_become_epochs()
    {
        var experiment = Specs.Resolve(Specs.With(("epochs: 10", "epochs: 12, schedule: {multistep: {at: [30%, 60%, 11], gamma: 0.2}}")));
        ((TrainSpec)Spec(experiment.Runs[0].Step("base"))).Recipe.Schedule.ShouldBeOfType<MultiStep>().At.ShouldBe([4, 7, 11]);
    }

    [Fact]
    public void Kept_and_removed_are_two_ways_to_say_one_thing()
    {
        string Digest(string setting) => Specs.Resolve(Specs.With(("filters: {method: filter-l1, ratio: {each: [0.5, 0.7]}}", $"filters: {{method: magnitude, {setting}}}"))).SpecDigest;
        Digest("keep: 0.05").ShouldBe(Digest("ratio: 0.95"));
        Digest("keep: 1/3").ShouldBe(Digest("ratio: 2/3"));
    }

    [Fact]
    public void A_sweep_inside_a_step_goes_on_in_the_steps_that_take_its_model()
    {
        var run = Specs.Resolve(Specs.Small + "\n  cut: {compress: {method: magnitude, ratio: {each: [0.5, 0.9]}}, model: base}\n  hit: {attack: [fgsm, pgd], model: cut, data: f.test}").Runs[0];
        run.Steps.Select(step => step.Path).Where(path => path[0] is 'c' or 'h').Order()
            .ShouldBe(["cut/0.5", "cut/0.9", "hit/0.5/fgsm", "hit/0.5/pgd", "hit/0.9/fgsm", "hit/0.9/pgd"]);
        run.Step("hit/0.9/pgd").SeedPath.ShouldBe(["base", "cut/0.9", "hit/0.9/pgd"]);
    }

    [Fact]
    public void A_sweep_inside_an_adversary_makes_one_attack_each()
    {
        var run = Specs.Resolve(Specs.With(("fgsm: {norm: linf, eps: 0.1,", "fgsm: {norm: linf, eps: {each: [1/255, 8/255]},"))).Runs[0];
        run.Steps.Select(step => step.Path).Where(path => path.StartsWith("weak")).ShouldBe(["weak/fgsm/1/255", "weak/fgsm/8/255", "weak/pgd"]);
    }

    [Fact]
    public void A_threat_can_be_named_or_written_out()
    {
        string named = Specs.With(("  pgd: {norm: linf, eps: 8/255, attack", "  ball: {norm: linf, eps: 8/255}\n  pgd: {threat: ball, attack"));
        Specs.Resolve(named).SpecDigest.ShouldBe(Specs.Resolve(Specs.Small).SpecDigest);
    }

    [Fact]
    public void Steps_come_after_what_they_need_whatever_their_order_in_the_file()
    {
        string[] lines = Specs.Small.Split('\n');
        int steps = Array.IndexOf(lines, "steps:");
        string backwards = string.Join('\n', [.. lines[..(steps + 1)], .. lines[(steps + 1)..].Reverse()]);
        foreach (var run in Specs.Resolve(backwards).Runs)
        {
            var paths = run.Steps.Select(step => step.Path).ToList();
            run.Steps.ShouldAllBe(step => step.Inputs.Values.All(input => paths.IndexOf(input) < paths.IndexOf(step.Path)));
        }
    }

    [Fact]
    public void Seeds_from_outside_add_runs_without_renumbering_the_others()
    {
        var (before, after) = (Specs.Resolve(Specs.Small), Specs.Resolve(Specs.Small, null, 2, 7));
        after.Seeds.ShouldBe([1, 2, 7]);
        after.Runs.Take(before.Runs.Count).Select(run => (run.Number, run.Seed, run.Point["compress"]))
            .ShouldBe(before.Runs.Select(run => (run.Number, run.Seed, run.Point["compress"])));
    }

    [Fact]
    public void No_and_off_are_names_where_names_are_wanted()
    {
        string norway = Specs.With(("cnn: {kind", "no: {kind"), ("train: cnn", "train: no"), ("    none: {}", "    off: {}"), ("is not none", "is not off"));
        Specs.Resolve(norway).Runs[0].Point["compress"].ShouldBe("off");
    }

    [Theory]
    [InlineData("1e-3", 0.001)]
    [InlineData("1E-3", 0.001)]
    [InlineData("0.10", 0.1)]
    [InlineData("1/8", 0.125)]
    [InlineData("\"0.5\"", 0.5)]
    public void Numbers_are_read_as_numbers(string text, double lr) =>
        ((TrainSpec)Spec(Specs.Resolve(Specs.With(("lr: 1e-3", $"lr: {text}"))).Runs[0].Step("base"))).Recipe.Optimizer.Lr.ShouldBe(lr);

    [Fact]
    public void Data_are_what_the_definition_says()
    {
        var train = Train(("normalize: {mean", "train: {random: 0.1, seed: 4}, validation: {fraction: 1/5, seed: 2}, augment: [flip, pad-crop 4], normalize: {mean"));

        train.Data.ShouldBe(new ExamplesSpec("fashion-mnist-sample", "train", null, new HoldOut(null, 2, Exact.Parse("1/5")), Random: new RandomPart(null, 4, Exact.Parse("0.1"))));
        train.Augment.ShouldBe(new Augmentation(4, true));
        Train(("normalize: {mean", "train: {random: 500}, augment: none, normalize: {mean")).Data.Random.ShouldBe(new RandomPart(500, 0));
    }

    [Fact]
    public void A_compression_that_trains_augments_as_a_training_does()
    {
        var text = Specs.With(
            ("normalize: {mean", "augment: [flip], normalize: {mean"),
            ("filters: {method: filter-l1, ratio: {each: [0.5, 0.7]}}", "filters: {method: learned-scores, keep: 0.5, recipe: fit}"));

        ((CompressSpec)Spec(Specs.Resolve(text).At("filters").Step("small"))).Training!.Augment.ShouldBe(new Augmentation(null, true));
    }

    [Fact]
    public void A_synthetic_task_comes_with_its_examples() =>
        Train(("source: fashion-mnist-sample", "source: {two-gaussians: {dimension: 20, margin: 1/2, noise: 0.1, train: 200, test: 100, seed: 9}}")).Data
            .ShouldBe(new ExamplesSpec("two-gaussians", "train", null, Synthetic: new TwoGaussians(20, Exact.Parse("1/2"), 0.1, 200, 100, 9)));

    [Fact]
    public void A_model_has_the_settings_of_its_kind()
    {
        ModelSpec Model(string settings) => Train(("kind: small-cnn", settings)).Model!;

        Model("kind: wrn, depth: 28, width: 10").ShouldBe(new ModelSpec("wrn", [], 10, true, Model("kind: vgg16").Normalize, Depth: 28), new SameText<ModelSpec>());
        Model("kind: mlp, hidden: [400], bias: false, rank: 10").Rank.ShouldBe(10);
        Model("kind: vgg-small, rank: full, init: kaiming-normal").ShouldBe(
            new ModelSpec("vgg-small", [], 32, true, new Normalization([0.5], [0.5]), Init: WeightInit.KaimingNormal), new SameText<ModelSpec>());
    }

    [Fact]
    public void What_older_files_do_not_say_leaves_no_trace()
    {
        string text = Specs.Resolve(Specs.Small).Spec.GetRawText();

        foreach (string later in new[] { "augment", "synthetic", "random", "fraction", "rank", "depth", "init" })
            text.ShouldNotContain($"\"{later}\":");
    }

    private static TrainSpec Train(params (string, string)[] changes) => (TrainSpec)Spec(Specs.Resolve(Specs.With(changes)).Runs[0].Step("base"));

    private sealed class SameText<T> : IEqualityComparer<T>
    {
        public bool Equals(T? x, T? y) => CanonicalJson.Bytes(x).AsSpan().SequenceEqual(CanonicalJson.Bytes(y));

        public int GetHashCode(T obj) => 0;
    }

    [Fact]
    public void Epsilon_stays_as_written()
    {
        string With(string eps) => Specs.Resolve(Specs.With(("eps: 8/255", $"eps: {eps}"))).SpecDigest;
        new[] { With("8/255"), With("0.031"), With("0.0314"), With("0.10"), With("0.1") }.Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public void Checks_are_registered_in_resolved_form() =>
        Specs.Resolve(Specs.Small + "\nchecks: {C1: {value: clean_accuracy, expect: \"> 0.5\", where: {compress: filters}}}").Spec.GetProperty("checks").GetRawText()
            .ShouldBe("""{"C1":{"claim":{"expect":{"op":">","value":0.5},"kind":"value","metric":"clean_accuracy"},"correction":"holm","level":0.95,"points":1,"seeds":3,"unit":"seed","where":{"axes":{"compress":["filters/0.5","filters/0.7"]}}}}""");

    [Fact]
    public void The_table_shows_everything_unless_told_otherwise()
    {
        Specs.Resolve(Specs.Small).Show.Table.Select(column => $"{column.Kind} {column.Name}")
            .ShouldBe(["axis compress", "metric accuracy", "robust fgsm", "robust pgd", "metric bytes"]);
        Specs.Resolve(Specs.Small + "\nshow: {table: [bytes, robust: pgd]}").Show.Table.ShouldBe([new("metric", "bytes"), new("robust", "pgd")]);
    }

    [Fact]
    public void Plots_are_declared_beside_the_table_or_below_it()
    {
        const string Plots = "[{plot: robust_accuracy, against: compress, adversary: pgd}, {plot: clean_accuracy, against: macs, lines: [compress], band: none, where: {compress: [none, filters]}}]";
        var map = Specs.Resolve($"{Specs.Small}\nshow: {{table: [bytes, metric: dense_bytes, robust: worst-case, robust: pgd@8/255], plots: {Plots}}}");
        map.Show.Table.ShouldBe([new("metric", "bytes"), new("value", "dense_bytes"), new("robust", "worst-case"), new("robust", "pgd@8/255")]);
        map.Show.Plots![0].ShouldBe(new ShowPlot("robust_accuracy", "compress", Adversary: "pgd"));
        map.Show.Plots[1].Where!["compress"].ShouldBe(["none", "filters"]);
        var list = Specs.Resolve($"{Specs.Small}\nshow: [{{table: [bytes, metric: dense_bytes, robust: worst-case, robust: pgd@8/255]}}, {Plots[1..]}");
        list.SpecDigest.ShouldBe(map.SpecDigest);
        map.Spec.GetProperty("show").Deserialize<ShowSpec>(LedgerJson.Options)!.Plots!.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("plots: [{plot: Robust, against: compress}]", "a name such as robust_accuracy")]
    [InlineData("plots: [{plot: robust_accuracy}]", "against: an axis, eps, or a metric by the name it is recorded under")]
    [InlineData("plots: [{plot: robust_accuracy, against: compress, lines: bse}]", "an axis: compress")]
    [InlineData("plots: [{plot: robust_accuracy, against: compress, adversary: pgdd}]", "an adversary that some step attacks with: fgsm, pgd")]
    [InlineData("plots: [{plot: robust_accuracy, against: compress, where: {compress: filter}}]", "a value of compress")]
    [InlineData("plots: [{plot: robust_accuracy, against: compress, colour: red}]", "a key of a plot")]
    [InlineData("table: [metric: Bytes]", "an axis, a metric, metric: and the name it is recorded under, or robust: and the name of an adversary")]
    public void A_slip_in_show_is_said(string show, string expected) =>
        Specs.Problems($"{Specs.Small}\nshow: {{{show}}}").ShouldContain(problem => problem.Expected.StartsWith(expected, StringComparison.Ordinal));

    [Fact]
    public void Without_plots_the_registered_form_says_nothing_of_them() =>
        Specs.Resolve(Specs.Small).Spec.GetProperty("show").EnumerateObject().Select(entry => entry.Name).ShouldBe(["table"]);

    [Fact]
    public void A_byte_order_mark_and_windows_line_ends_change_nothing()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("ledger-spec-").FullName, "bom.yaml");
        File.WriteAllText(file, "\uFEFF" + Specs.Small.Replace("\n", "\r\n"));
        Runner.Experiments.ReadSpec.Read(file).SpecDigest.ShouldBe(Specs.Resolve(Specs.Small).SpecDigest);
        File.Delete(file);
    }
}
