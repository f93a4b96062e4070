using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Compression;
using Ledger.Runner.Steps;
using Ledger.Tests.Models;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static Ledger.Tests.Compression.CompressionNets;

namespace Ledger.Tests.Compression;

public class FilterPrunerTests : TorchTests
{
    public static MatrixTheoryData<string, string, FilterNorm, Scope> Prunings => new(
        ["small-cnn", "eight-layer-conv", "residual", "pre-activation"], ["0.3", "0.9"], [FilterNorm.L1, FilterNorm.L2], [Scope.PerLayer, Scope.Global]);

    [Theory]
    [MemberData(nameof(Prunings))]
    public void Removing_filters_gives_the_logits_of_making_them_zero(string kind, string ratio, FilterNorm norm, Scope scope)
    {
        var model = kind switch { "residual" => State(Residual), "pre-activation" => State(PreActivation), _ => Zoo(kind) };
        var images = Images(model.Architecture);
        var removals = FilterPruner.Choose(model, new(Exact.Parse(ratio), norm, scope, Remove: true));

        var masked = Logits(FilterPruner.Mask(model, removals), images);
        var removed = Logits(FilterPruner.Remove(model, removals), images);

        LargestDifference(masked, removed).ShouldBeLessThan(1e-5f);
        LargestDifference(masked, Logits(model, images)).ShouldBeGreaterThan(1e-4f);
    }

    [Theory]
    [InlineData("resnet18", null, Scope.PerLayer)]
    [InlineData("resnet18", null, Scope.Global)]
    [InlineData("wrn", 10, Scope.PerLayer)]
    [InlineData("wrn", 10, Scope.Global)]
    public void Residual_networks_of_the_zoo_lose_coupled_channels_without_changing_their_logits(string kind, int? depth, Scope scope)
    {
        var model = Colour(kind, depth);
        var images = Images(model.Architecture);
        var removals = FilterPruner.Choose(model, new(Exact.Parse("0.5"), FilterNorm.L1, scope, Remove: true));

        var masked = Logits(FilterPruner.Mask(model, removals), images);
        var removed = FilterPruner.Remove(model, removals);

        LargestDifference(masked, Logits(removed, images)).ShouldBeLessThan(1e-5f * Math.Max(1, masked.abs().max().item<float>()));
        removals.SelectMany(removal => removal.Group.Makers).ShouldBe(model.Architecture.Nodes.OfType<Conv2d>().Select(conv => conv.Id), ignoreOrder: true);
        Cost.Parameters(removed.Architecture).ShouldBeLessThan(Cost.Parameters(model.Architecture) * 2 / 3);
    }

    [Fact]
    public void Each_layer_loses_its_share_and_the_graph_fits_together()
    {
        var model = Zoo("eight-layer-conv");
        var removed = FilterPruner.Remove(model, FilterPruner.Choose(model, new(Exact.Parse("0.7"), FilterNorm.L1, Scope.PerLayer, true)));

        removed.Architecture.Nodes.OfType<Conv2d>().Select(conv => conv.OutChannels).ShouldBe([5, 5, 10, 10, 19, 19]);
        Shapes.Of(removed.Architecture)["fc2"].ShouldBe([10]);
        Cost.Parameters(removed.Architecture).ShouldBeLessThan(Cost.Parameters(model.Architecture) / 2);
    }

    [Fact]
    public void The_smallest_norm_goes_first_and_ties_go_by_position()
    {
        var model = Filters([3, -3], [1, 2], [-2, 1], [0, 4]);

        Chosen(model, "0.25", FilterNorm.L1).ShouldBe([1]);
        Chosen(model, "0.5", FilterNorm.L1).ShouldBe([1, 2]);
        Chosen(model, "0.75", FilterNorm.L1).ShouldBe([1, 2, 3]);
        Chosen(Filters([3, 0], [2, 2], [9, 9], [9, 9]), "0.25", FilterNorm.L1).ShouldBe([0]);
        Chosen(Filters([3, 0], [2, 2], [9, 9], [9, 9]), "0.25", FilterNorm.L2).ShouldBe([1]);
    }

    [Fact]
    public void Every_layer_keeps_a_filter()
    {
        var model = Zoo("small-cnn", width: 0.1);
        foreach (var scope in new[] { Scope.PerLayer, Scope.Global })
        {
            var removed = FilterPruner.Remove(model, FilterPruner.Choose(model, new(Exact.Parse("0.99"), FilterNorm.L1, scope, true)));

            removed.Architecture.Nodes.OfType<Conv2d>().ShouldAllBe(conv => conv.OutChannels == 1);
        }
    }

    [Fact]
    public void Global_scope_removes_the_share_of_all_filters()
    {
        var model = Zoo("eight-layer-conv");
        var removals = FilterPruner.Choose(model, new(Exact.Parse("0.5"), FilterNorm.L2, Scope.Global, true));

        removals.Sum(removal => removal.Channels.Count).ShouldBe(112);
        removals.Select(removal => removal.Channels.Count).ShouldNotBe([8, 8, 16, 16, 32, 32]);
    }

    [Fact]
    public void Added_channels_go_together()
    {
        var groups = ChannelGroups.Of(Residual);

        groups.Select(group => string.Join("+", group.Makers)).ShouldBe(["stem+outer", "inner"], ignoreOrder: true);
        var coupled = groups.Single(group => group.Channels == 6);
        coupled.Consumers.ShouldBe([("inner", 1), ("head", 1)]);
        coupled.Norms.ShouldBe(["stem_bn"]);
    }

    [Fact]
    public void A_projection_and_the_block_it_goes_around_lose_the_same_channels()
    {
        var groups = ChannelGroups.Of(PreActivation);

        groups.Select(group => string.Join("+", group.Makers)).ShouldBe(["stem", "inner", "outer+shortcut"], ignoreOrder: true);
        groups.Single(group => group.Makers.Contains("outer")).Norms.ShouldBe(["last_bn"]);
    }

    [Fact]
    public void Layers_that_are_excepted_keep_their_channels_and_those_added_to_them()
    {
        var removals = FilterPruner.Choose(State(PreActivation), new(Exact.Parse("0.5"), FilterNorm.L1, Scope.PerLayer, true, Except: ["first", "shortcut"]));

        removals.Select(removal => string.Join("+", removal.Group.Makers)).ShouldBe(["inner"]);
        Should.Throw<StepFailure>(() => FilterPruner.Choose(State(PreActivation), new(Exact.Parse("0.5"), FilterNorm.L1, Scope.PerLayer, true, Except: ["conv9"])))
            .Message.ShouldContain("no layer conv9 to except; the network has stem, inner");
    }

    [Theory]
    [InlineData(FilterNorm.L1)]
    [InlineData(FilterNorm.L2)]
    public void Hidden_units_are_removed_with_the_columns_that_read_them(FilterNorm norm)
    {
        using var mlp = Nets.Mlp(3, 20, 12);
        var model = ModelState.Of(mlp.Architecture, mlp.State());
        var removals = FilterPruner.Choose(model, new(Exact.Parse("0.25"), norm, Scope.PerLayer, true, PrunedUnits.Neurons));
        var images = Images(model.Architecture);

        var removed = FilterPruner.Remove(model, removals);

        removed.Architecture.Nodes.OfType<Linear>().Select(linear => (linear.InFeatures, linear.OutFeatures)).ShouldBe([(784, 15), (15, 9), (9, 10)]);
        LargestDifference(Logits(removed, images), Logits(FilterPruner.Mask(model, removals), images)).ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Neurons_of_a_convolutional_network_are_those_of_its_hidden_linear_layers() =>
        ChannelGroups.Of(Zoo("small-cnn").Architecture, PrunedUnits.Neurons).Select(group => string.Join("+", group.Makers)).ShouldBe(["fc1"]);

    [Fact]
    public void Channels_that_are_logits_are_in_no_group()
    {
        var net = new Architecture([1, 4, 4], 3, [new Conv2d("conv", ["input"], 1, 3, 3, 1, 1, true), new GlobalAveragePool("pool", ["conv"])]);

        ChannelGroups.Of(net).ShouldBeEmpty();
    }

    [Fact]
    public void Channels_added_to_pixels_stay()
    {
        var net = new Architecture([2, 4, 4], 2,
        [
            new Conv2d("conv", ["input"], 2, 2, 3, 1, 1, true), new Add("add", ["conv", "input"]), new GlobalAveragePool("pool", ["add"]), new Linear("head", ["pool"], 2, 2, true),
        ]);

        ChannelGroups.Of(net).ShouldBeEmpty();
    }

    [Fact]
    public void Features_behind_a_flatten_belong_to_their_channel() =>
        ChannelGroups.Of(Zoo("small-cnn").Architecture)[^1].Consumers.ShouldBe([("fc1", 49)]);

    private static ModelState Filters(params float[][] filters) => ModelState.Of(
        new Architecture([2, 1, 1], 2,
        [
            new Conv2d("conv", ["input"], 2, 4, 1, 1, 0, false), new Flatten("flat", ["conv"]), new Linear("head", ["flat"], 4, 2, false),
        ]),
        [StepSituation.Floats("conv.weight", [4, 2, 1, 1], [.. filters.SelectMany(filter => filter)]), StepSituation.Floats("head.weight", [2, 4], new float[8])]);

    private static IEnumerable<int> Chosen(ModelState model, string ratio, FilterNorm norm) =>
        FilterPruner.Choose(model, new(Exact.Parse(ratio), norm, Scope.PerLayer, true)).Single().Channels.Order();
}
