using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Runner.Attacks;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Attacks;

/// <summary>On linear networks minimal distances are closed forms; an attack ends so much farther as it overshoots.</summary>
public class MinimumNormAttackTests : TorchTests
{
    // Far enough that float32 logits show the change of class, near enough for four digits.
    private const double Overshoot = 5e-5;

    private static readonly FabSettings Exactly = new(Steps: 20, Eta: 1 + Overshoot, Goal: MinimumNormGoal.Distance);

    public static TheoryData<Norm, AttackSpec> WithoutBox() => new()
    {
        { Norm.Linf, new Fab(Exactly) },
        { Norm.L2, new Fab(Exactly) },
        { Norm.Linf, new TargetedFab(Exactly, 9) },
        { Norm.L2, new TargetedFab(Exactly, 3) },
        { Norm.Linf, new DeepFool(Overshoot: Overshoot) },
        { Norm.L2, new DeepFool(Overshoot: Overshoot) },
    };

    public static TheoryData<Norm> Norms() => [Norm.Linf, Norm.L2];

    [Theory]
    [MemberData(nameof(WithoutBox))]
    public void The_minimal_distance_to_the_nearest_of_several_classes_is_found(Norm norm, AttackSpec attack)
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(60, 100, 155);

        var found = Run(linear, new Threat(norm, Exact.Parse("0.5"), Space.Pixel, Clip: false), attack, pixels, labels);

        foreach (var (example, distance) in found.Examples.Zip(linear.Distances(norm, pixels, labels, box: false)))
            example.ShortestLength!.Value.ShouldBe(distance, distance * 1e-4);
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void Within_the_box_targeted_FAB_finds_the_minimal_distance_to_the_nearest_class(Norm norm)
    {
        using var linear = new LinearClasses(seed: 2);
        var (pixels, labels) = linear.Images(60, 0, 25);
        var distances = linear.Distances(norm, pixels, labels, box: true);

        var found = Run(linear, new Threat(norm, Exact.Parse("0.5"), Space.Pixel, Clip: true), new TargetedFab(Exactly, 9), pixels, labels);

        foreach (var (example, distance) in found.Examples.Zip(distances))
            example.ShortestLength!.Value.ShouldBe(distance, distance * 1e-4);
        // DeepFool goes to the boundary that is nearest box aside, and is at it in one step.
        Run(linear, new Threat(norm, Exact.Parse("0.5"), Space.Pixel, Clip: true), new DeepFool(Steps: 1, Overshoot: Overshoot), pixels, labels).Examples.Zip(distances)
            .Count(pair => Math.Abs(pair.First.ShortestLength!.Value - pair.Second) < pair.Second * 1e-4).ShouldBeGreaterThan(40);
        // The box does hold back: without it the boundaries are nearer.
        distances.Zip(linear.Distances(norm, pixels, labels, box: false)).Count(pair => pair.First > pair.Second * 1.01).ShouldBeGreaterThan(5);
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void Normalised_space_measures_in_its_own_units(Norm norm)
    {
        using var linear = new LinearClasses(seed: 3, new Normalize("normalize", [Architecture.Pixels], [0.5], [0.25]));
        using var plain = new LinearClasses(seed: 3);
        var (pixels, labels) = linear.Images(20, 120, 135);

        var found = Run(linear, new Threat(norm, Exact.Parse("0.5"), Space.Normalized, Clip: true), new Fab(Exactly), pixels, labels);
        var inPixels = Run(linear, new Threat(norm, Exact.Parse("0.5"), Space.Pixel, Clip: true), new Fab(Exactly), pixels, labels);

        foreach (var (normalised, pixel) in found.Examples.Zip(inPixels.Examples))
            normalised.ShortestLength!.Value.ShouldBe(pixel.ShortestLength!.Value * 4, 1e-4 * pixel.ShortestLength!.Value * 4);
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void With_the_published_settings_distances_are_a_percent_and_two_too_long(Norm norm)
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(30, 100, 155);
        var distances = linear.Distances(norm, pixels, labels, box: false);
        var threat = new Threat(norm, Exact.Parse("0.5"), Space.Pixel, Clip: true);

        Run(linear, threat, new Fab(new FabSettings()), pixels, labels).Examples.Zip(distances)
            .ShouldAllBe(pair => pair.First.ShortestLength > pair.Second * 0.9999 && pair.First.ShortestLength < pair.Second * 1.01);
        Run(linear, threat, new DeepFool(), pixels, labels).Examples.Zip(distances)
            .ShouldAllBe(pair => Math.Abs(pair.First.ShortestLength!.Value - (pair.Second * 1.02)) < pair.Second * 1e-4);
    }

    [Theory]
    [MemberData(nameof(WithoutBox))]
    public void An_example_is_broken_exactly_when_the_point_found_is_within_the_radius(Norm norm, AttackSpec attack)
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(40, 100, 155);
        var median = linear.Distances(norm, pixels, labels, box: false).Order().ElementAt(20);

        var found = Run(linear, new Threat(norm, Exact.Parse($"{median:F6}"), Space.Pixel, Clip: true), attack, pixels, labels);

        found.Broken.ShouldBeInRange(19, 22);
        found.Examples.ShouldAllBe(example => example.Broken == (example.ShortestLength <= found.LongestAllowed));
        found.Examples.Where(example => example.Broken).ShouldAllBe(example => Math.Abs(example.Distance.Threat - example.ShortestLength!.Value) < 1e-12 && !example.Adversarial.Correct);
        found.Examples.Where(example => !example.Broken).ShouldAllBe(example => example.Distance.Threat == 0);
    }

    [Fact]
    public void A_restart_of_FAB_goes_on_only_for_what_stands_unless_the_distance_is_the_goal()
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(40, 100, 155);
        long Spent(string eps, MinimumNormGoal? goal) => Run(
            linear, new Threat(Norm.Linf, Exact.Parse(eps), Space.Pixel, Clip: true), new TargetedFab(new FabSettings(Steps: 3, Restarts: 2, Goal: goal)), pixels, labels).GradientEvaluations;

        Spent("0.5", goal: null).ShouldBe(40 * 3);
        Spent("1e-6", goal: null).ShouldBe(40 * 3 * 2 * 3);
        Spent("0.5", MinimumNormGoal.Distance).ShouldBe(40 * 3 * 2 * 3);
    }

    [Fact]
    public void What_is_found_of_an_example_does_not_depend_on_its_neighbours()
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(140, 60, 195);
        var threat = new Threat(Norm.L2, Exact.Parse("0.15"), Space.Pixel, Clip: true);

        foreach (var attack in new AttackSpec[] { new TargetedFab(new FabSettings(Steps: 4, Restarts: 2, Goal: MinimumNormGoal.Distance), 2), new DeepFool(), new RandomNoise(3) })
        {
            var all = Run(linear, threat, attack, pixels, labels);
            var some = Run(linear, threat, attack, pixels[TensorIndex.Slice(0, 9)], labels[..9]);
            some.Examples.Select(Facts).ShouldBe(all.Examples.Take(9).Select(Facts));
        }
        static (bool, int, int, double?, int) Facts(AttackedExample e) => (e.Broken, e.Step, e.Restart, e.ShortestLength, e.Queries);
    }

    [Fact]
    public void Gradients_are_counted_by_boundaries_looked_at()
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(10, 100, 155);
        var threat = new Threat(Norm.L2, Exact.Parse("0.5"), Space.Pixel, Clip: false);

        Run(linear, threat, new Fab(new FabSettings(Steps: 5)), pixels, labels).GradientEvaluations.ShouldBe(10 * 5 * 3);
        // One step ends it on a linear network; three others are looked at, or one.
        Run(linear, threat, new DeepFool(), pixels, labels).GradientEvaluations.ShouldBe(10 * 3);
        Run(linear, threat, new DeepFool(Classes: 2), pixels, labels).GradientEvaluations.ShouldBeGreaterThanOrEqualTo(10);
    }

    [Fact]
    public void The_median_counts_wrong_examples_as_zero_and_unfound_ones_as_infinite()
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(5, 100, 155);
        var distances = linear.Distances(Norm.Linf, pixels, labels, box: false);
        labels[1] = (labels[1] + 1) % LinearClasses.Classes;
        var threat = new Threat(Norm.Linf, Exact.Parse("1e-3"), Space.Pixel, Clip: false);
        using var network = new AttackedNetwork(linear.Network.Forward, threat, linear.Network.Architecture);

        var found = Run(linear, threat, new DeepFool(Overshoot: Overshoot), pixels, labels);
        var metrics = new DeepFoolAttack(new DeepFool()).Metrics(found, network).ToDictionary(metric => metric.Name);

        distances[1] = 0;
        metrics["median_distance"].Value!.Value.ShouldBe(distances.Order().ElementAt(2), 1e-5);
        metrics["median_distance"].Unit.ShouldBe("linf pixel");
        var attacked = distances.Where((_, row) => row != 1).Order().ToArray();
        metrics["median_distance_attacked"].Value!.Value.ShouldBe((attacked[1] + attacked[2]) / 2, 1e-5);
        (metrics["distance_found"].Value, metrics["distance_not_found"].Value).ShouldBe((4, 0));
        Value(MinimalDistances.Of([.. found.Examples.Select(example => new AttackedExample(example.Index, example.Label, example.Clean))], threat), "median_distance").ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void Logits_that_tie_as_quantized_ones_do_hold_DeepFool_up_only_for_some_steps(Norm norm)
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(30, 100, 155);
        // Rounded to an eighth, with the gradient passed straight through.
        using var network = new AttackedNetwork(x =>
        {
            var logits = linear.Network.Forward(x);
            return logits + ((logits * 8).round() / 8 - logits).detach();
        }, new Threat(norm, Exact.Parse("0.5"), Space.Pixel, Clip: false), linear.Network.Architecture);

        var found = AttackEvaluation.Run(
            network, [new DeepFoolAttack(new DeepFool())], pixels, labels, [.. Enumerable.Range(0, 30)], seed: 1, TestContext.Current.CancellationToken);

        found.Examples.Where(example => example.Clean.Correct).ShouldAllBe(example => example.ShortestLength != null);
    }

    [Fact]
    public void Other_classes_are_ranked_without_the_own_and_by_index_where_they_tie()
    {
        var logits = tensor(new float[] { 1, 3, 3, 2, 0, 5, 5, 5 }, [2, 4]);

        LogitDifferences.OthersByRank(logits, tensor([1L, 0L])).data<long>().ToArray().ShouldBe([2, 3, 0, 1, 2, 3]);
        LogitDifferences.OthersByRank(logits, tensor([3L, 2L])).data<long>().ToArray().ShouldBe([1, 2, 0, 1, 3, 0]);
    }

    [Fact]
    public void A_network_without_gradients_is_not_broken_and_nothing_becomes_infinite()
    {
        using var linear = new LinearClasses(seed: 1);
        var (pixels, labels) = linear.Images(5, 100, 155);
        using var network = new AttackedNetwork(
            x => linear.Network.Forward(x).detach() + (x.flatten(1).sum(1, keepdim: true) * 0), new Threat(Norm.L2, Exact.Parse("1"), Space.Pixel, true), linear.Network.Architecture);

        foreach (var attack in new BatchAttack[] { new FabAttack(new FabSettings(Steps: 4), null), new DeepFoolAttack(new DeepFool(Steps: 4)) })
        {
            var found = AttackEvaluation.Run(network, [attack], pixels, labels, [0, 1, 2, 3, 4], seed: 1, TestContext.Current.CancellationToken);
            found.Examples.ShouldAllBe(example => !example.Broken && example.ShortestLength == null && example.ZeroGradient);
            found.Kept.isfinite().all().item<bool>().ShouldBeTrue();
        }
    }

    private static double? Value(IEnumerable<MetricValue> metrics, string name) => metrics.Single(metric => metric.Name == name).Value;

    private static AttackFindings Run(LinearClasses linear, Threat threat, AttackSpec attack, Tensor pixels, long[] labels)
    {
        using var network = new AttackedNetwork(linear.Network.Forward, threat, linear.Network.Architecture);
        var parts = AttackParts.Of(new Adversary("test", threat, attack));
        return AttackEvaluation.Run(
            network, parts, pixels, labels, [.. Enumerable.Range(0, labels.Length).Select(row => (long)row)], seed: 1, TestContext.Current.CancellationToken);
    }
}
