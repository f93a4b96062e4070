using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Ledger.Runner.Steps;
using Ledger.Runner.Training;
using Ledger.Runner.Training.Regularizers;
using Ledger.Tests.Models;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Training.Regularizers;

public class RenormalizerTests : TorchTests
{
    private static readonly Architecture Factored = new([1, 28, 28], 10,
    [
        new Flatten("flatten", ["input"]),
        new Linear("a", ["flatten"], 784, 3, Bias: false),
        new Linear("b", ["a"], 3, 20, Bias: false),
        new Relu("relu", ["b"]),
        new Linear("head", ["relu"], 20, 10, Bias: false),
    ]);

    [Theory]
    [InlineData(null, 1)]
    [InlineData(null, 2)]
    [InlineData(5.0, 1)]
    public void A_layer_has_its_norm_after_every_step(double? to, double scale)
    {
        using var network = Nets.Mlp(1, 16, 8);
        double Norm(string layer) => network[$"{layer}.weight"].to_type(float64).norm().item<double>();
        double[] before = [Norm("fc1"), Norm("fc2"), Norm("fc3")];
        using var trainer = Trainer(network, new Renormalization(to, scale, ["hidden"]));

        for (var epoch = 0; epoch < 3; epoch++)
        {
            Norm("fc1").ShouldBe(scale * (to ?? before[0]), 1e-5);
            Norm("fc2").ShouldBe(scale * (to ?? before[1]), 1e-5);
            trainer.Epoch(epoch, CancellationToken.None);
        }

        Math.Abs(Norm("fc3") - before[2]).ShouldBeGreaterThan(1e-3);
    }

    [Fact]
    public void Two_factors_of_a_layer_are_held_at_the_norm_of_their_product()
    {
        using var network = Nets.Of(Factored);
        double Product() => network["b.weight"].mm(network["a.weight"]).norm().item<float>();
        var before = Product();
        var balance = network["a.weight"].norm().item<float>() / network["b.weight"].norm().item<float>();
        using var trainer = Trainer(network, new Renormalization(null, 3, ["hidden"]));

        Product().ShouldBe(3 * before, 1e-4 * before);
        (network["a.weight"].norm().item<float>() / network["b.weight"].norm().item<float>()).ShouldBe(balance, 1e-4f);
        trainer.Epoch(0, CancellationToken.None);
        Product().ShouldBe(3 * before, 1e-4 * before);
    }

    [Fact]
    public void Factors_are_found_where_nothing_stands_between_two_layers()
    {
        var pair = FactorPair.Of(Factored).ShouldHaveSingleItem();
        (pair.Inner.Id, pair.Outer.Id).ShouldBe(("a", "b"));
        string Pairs(ModelSpec model)
        {
            using var network = Nets.Zoo(model);
            return string.Join(' ', FactorPair.Of(network.Architecture).Select(each => $"{each.Inner.Id}·{each.Outer.Id}"));
        }

        Pairs(new("mlp", [16, 8], 1, Bias: true, Nets.Grey)).ShouldBe("");
        Pairs(new("mlp", [16, 8], 1, Bias: true, Nets.Grey, Rank: 3)).ShouldBe("fc1_b·fc1_a fc2_b·fc2_a");
        Pairs(Nets.SmallCnnSpec(0.25) with { Rank = 3 }).ShouldBe("conv2_b·conv2_a fc1_b·fc1_a");
    }

    [Fact]
    public void Layers_are_named_by_place_or_by_id()
    {
        using var network = Nets.Mlp(1, 16, 8);
        string Names(params string[] names) => string.Join(' ', LayerChoice.Of(network.Architecture, names).Select(layer => layer.Id));

        (Names("hidden"), Names("head"), Names("all"), Names("head", "fc1")).ShouldBe(("fc1 fc2", "fc3", "fc1 fc2 fc3", "fc1 fc3"));
        Should.Throw<StepFailure>(() => Names("conv1")).Message.ShouldBe("no layer conv1; expected hidden, head, all or one of fc1, fc2, fc3");
    }

    [Fact]
    public void A_matrix_of_zeros_stays_one()
    {
        using var network = Nets.Mlp(1, 16);
        using (no_grad())
            network["fc1.weight"].zero_();

        new Renormalizer(new Renormalization(2, 1, ["hidden"]), network).Apply();

        network["fc1.weight"].abs().max().item<float>().ShouldBe(0);
    }

    private static Trainer Trainer(Network network, Renormalization renormalize)
    {
        var recipe = new Recipe(new Sgd(0.1, 0.9), new Constant(), 64, 3, Renormalize: renormalize);
        var spec = new TrainSpec(new ModelSpec("mlp", [], 1, Bias: true, Nets.Grey), Sample.Train(64), recipe, Adversary: null);
        return new Trainer(network, Examples, spec, batches: 1, attack: 0);
    }

    private static readonly ExampleTensors Examples = new(Ledger.Runner.Data.Examples.Read(Sample.Location, Sample.Train(64)));
}
