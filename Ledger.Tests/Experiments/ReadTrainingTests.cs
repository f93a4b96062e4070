using System.Text;
using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

/// <summary>What a file says of training, against what the runner is given.</summary>
public class ReadTrainingTests
{
    private const string Held = "normalize: {mean: [0.5], std: [0.5]}, validation: {count: 100}}";

    [Fact]
    public void What_is_not_asked_for_is_not_written()
    {
        var step = Specs.Resolve(Specs.Small).Runs[0].Step("base");

        step.Config.GetRawText().ShouldBe(
            """{"data":{"held":false,"source":"fashion-mnist-sample","split":"train"},"kind":"train","model":{"bias":true,"hidden":[],"kind":"small-cnn","normalize":{"mean":[0.5],"std":[0.5]},"width":1},"recipe":{"batch":128,"epochs":10,"optimizer":{"beta1":0.9,"beta2":0.999,"eps":1e-8,"lr":0.001,"optimizer":"adam","weightDecay":0},"schedule":{"schedule":"constant"}}}""");
    }

    [Fact]
    public void Everything_a_recipe_can_say()
    {
        var train = Train(
            ("normalize: {mean: [0.5], std: [0.5]}}", Held),
            ("epochs: 10}", """
                epochs: 10, keep: best-validation-accuracy, stop: {patience: 3, on: validation-loss, not-before: 4}, decay: weights, clip-gradient: 5,
                    renormalize: {norm: frobenius, to: initial, scale: 2, layers: [conv2, head]}}
                """));

        train.Recipe.Keep.ShouldBe(ValidationFigure.Accuracy);
        train.Recipe.Stop.ShouldBe(new EarlyStop(3, ValidationFigure.Loss, 4));
        train.Recipe.Decay.ShouldBe(DecayScope.Weights);
        train.Recipe.ClipGradient.ShouldBe(5);
        (train.Recipe.Renormalize!.To, train.Recipe.Renormalize.Scale).ShouldBe((null, 2));
        train.Recipe.Renormalize.Layers.ShouldBe(["conv2", "head"]);
        train.Validation.ShouldBe(new ExamplesSpec("fashion-mnist-sample", "train", null, new HoldOut(100, 0), Held: true));
    }

    [Fact]
    public void Trades_names_an_adversary_that_raises_the_divergence()
    {
        var train = Train(
            ("steps: 3}", "steps: 3, loss: kl, start: {normal: 0.001}}"), ("epochs: 10}", "epochs: 10, ema: 0.99, loss: {trades: {beta: 6, adversary: pgd}}}"),
            (", adversary: pgd, when", ", when"), ("weak: {attack: [fgsm, pgd]", "weak: {attack: [fgsm]"));

        var trades = train.Recipe.Loss.ShouldBeOfType<Trades>();
        (trades.Beta, trades.Adversary.Name, train.Recipe.Ema, train.Adversary).ShouldBe((6, "pgd", 0.99, null));
        trades.Adversary.Attack.ShouldBeOfType<Pgd>().StartDeviation.ShouldBe(0.001);
    }

    [Theory]
    [InlineData("none", false, null, null, null)]
    [InlineData("pgd", true, null, null, null)]
    [InlineData("{use: pgd}", true, null, null, null)]
    [InlineData("{use: pgd, fraction: 1, attack-mode: eval}", true, null, null, null)]
    [InlineData("{use: none, fraction: 0.5}", false, null, null, null)]
    [InlineData("{use: pgd, fraction: 1/2}", true, "1/2", null, null)]
    [InlineData("{use: pgd, attack-mode: train, after: 50%}", true, null, AttackMode.Train, 5)]
    public void How_an_adversary_is_used(string adversary, bool there, string? fraction, AttackMode? mode, int? after)
    {
        var train = Train(("{train: cnn, recipe: fit}", $"{{train: cnn, recipe: fit, adversary: {adversary}}}"));

        train.Adversary?.Name.ShouldBe("pgd");
        (train.Adversary is not null).ShouldBe(there);
        var use = new AdversaryUse(fraction is null ? null : Exact.Parse(fraction), mode, after);
        train.Use.ShouldBe(use == new AdversaryUse() ? null : use);
    }

    [Theory]
    [InlineData("none", "null")]
    [InlineData("{}", "null")]
    [InlineData("{l1: {weight: 0}}", "null")]
    [InlineData("{l1: {weight: 1e-4}}", """[{"regularizer":"l1","weight":0.0001}]""")]
    [InlineData("{nuclear-norm: {weight: 0.01, layers: hidden}, group-lasso: {weight: 1, form: scale-invariant}}", """[{"form":"scale-invariant","regularizer":"group-lasso","weight":1},{"layers":["hidden"],"regularizer":"nuclear-norm","weight":0.01}]""")]
    [InlineData("{tsc: {a: 50}}", """[{"a":50,"droprate":0.3,"form":"absolute","lambda0":0.001,"prior":0.0005,"regularizer":"tsc","weight":1}]""")]
    [InlineData("{cnc: {weight: 1, form: am-gm}}", """[{"form":"am-gm","regularizer":"cnc","weight":1}]""")]
    [InlineData("{orthogonal: {weight: 1, form: srip, scale: 2}}", """[{"form":"srip","regularizer":"orthogonal","scale":2,"weight":1}]""")]
    [InlineData("{spectral: {weight: 1, power: 1}}", """[{"power":1,"regularizer":"spectral","weight":1}]""")]
    public void Regularizers_and_their_settings(string regularize, string json)
    {
        var train = Train(("{train: cnn, recipe: fit}", $"{{train: cnn, recipe: fit, regularize: {regularize}}}"));

        (train.Regularizers is null ? "null" : Json(train.Regularizers)).ShouldBe(json);
    }

    [Theory]
    [InlineData("linear", "linear 1 0")]
    [InlineData("{linear: {from: 0.5, to: 0.1}}", "linear 0.5 0.1")]
    [InlineData("{warmup: {epochs: 3, from: 0.1, then: cosine}}", "3: linear 0.1 1, 7: cosine")]
    [InlineData("{warmup: {epochs: 20%}}", "2: linear 0 1, 8: constant")]
    [InlineData("{sequence: [{for: 50%, schedule: constant}, {for: 2, schedule: {linear: {to: 0.5}}}, {schedule: cosine}]}", "5: constant, 2: linear 1 0.5, 3: cosine")]
    public void Schedules_can_be_mixed(string schedule, string read) =>
        Text(Train(("epochs: 10}", $"epochs: 10, schedule: {schedule}}}")).Recipe.Schedule).ShouldBe(read);

    [Fact]
    public void A_recipe_like_another_can_leave_out_what_that_has()
    {
        var train = Train(
            ("normalize: {mean: [0.5], std: [0.5]}}", Held),
            ("epochs: 10}", "epochs: 10, ema: 0.9, keep: best-validation-loss, stop: {patience: 2}}\n  bare: {like: fit, ema: none, keep: last, stop: none}"),
            ("{train: cnn, recipe: fit}", "{train: cnn, recipe: bare}"));

        train.ShouldBe(train with { Validation = null, Recipe = train.Recipe with { Ema = null, Keep = null, Stop = null } });
    }

    [Fact]
    public void Fine_tuning_says_that_the_mask_is_kept() =>
        Specs.Resolve(Specs.With(("finetune: small,", "finetune: small, mask: keep,"))).SpecDigest.ShouldBe(Specs.Resolve(Specs.Small).SpecDigest);

    [Fact]
    public void What_is_read_comes_back_from_the_plan_as_it_went_in()
    {
        var train = Train(("{train: cnn, recipe: fit}", "{train: cnn, recipe: fit, regularize: {cnc: {weight: 1, form: log-ratio, layers: all}, tsc: {}}, adversary: {use: pgd, fraction: 0.5}}"));

        Json<StepSpec>(JsonSerializer.Deserialize<StepSpec>(Json<StepSpec>(train), LedgerJson.Options)!).ShouldBe(Json<StepSpec>(train));
    }

    private static TrainSpec Train(params (string, string)[] changes) =>
        (TrainSpec)Specs.Resolve(Specs.With(changes)).Runs[0].Step("base").Config.Deserialize<StepSpec>(LedgerJson.Options)!;

    private static string Json<T>(T value) => Encoding.UTF8.GetString(CanonicalJson.Bytes(value));

    private static string Text(ScheduleSpec schedule) => schedule switch
    {
        LinearRamp ramp => $"linear {ramp.From} {ramp.To}",
        ScheduleSequence sequence => string.Join(", ", sequence.Parts.Select(part => $"{part.Epochs}: {Text(part.Schedule)}")),
        _ => schedule.GetType().Name.ToLowerInvariant(),
    };
}
