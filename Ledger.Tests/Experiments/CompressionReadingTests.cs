using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Runner.Runs;
using Ledger.Runner.Steps;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

public class CompressionReadingTests
{
    private static readonly ExamplesSpec Train = new("fashion-mnist-sample", "train", null);

    /// <summary>As written → as meant.</summary>
    private static readonly Dictionary<string, CompressionSpec> Cases = new(StringComparer.Ordinal)
    {
        ["{method: magnitude, keep: 0.1, except: [first, fc2]}"] = new MagnitudePruning(Exact.Parse("0.9"), Scope.Global, Except: ["first", "fc2"]),
        ["{method: magnitude, ratio: 0.9, scope: per-layer, iterative: {rounds: 4, path: cubic, recipe: fit}}"] =
            new MagnitudePruning(Exact.Parse("0.9"), Scope.PerLayer, new PruningRounds(4, SparsityPath.Cubic)),
        ["{method: learned-scores, keep: 0.1, scope: per-layer, recipe: fit}"] = new LearnedScores(Exact.Parse("0.9")),
        ["{method: n-m, n: 2, m: 4}"] = new PatternPruning(2, 4),
        ["{method: neuron-l2, ratio: 0.5}"] = new FilterPruning(Exact.Parse("0.5"), FilterNorm.L2, Scope.PerLayer, true, PrunedUnits.Neurons),
        ["{method: filter-l1, ratio: 0.5, except: [conv1]}"] = new FilterPruning(Exact.Parse("0.5"), FilterNorm.L1, Scope.PerLayer, true, Except: ["conv1"]),
        ["{method: svd, rank: 10}"] = new TruncatedRank(new FixedRank(10)),
        ["{method: svd, energy: 0.95, head: true}"] = new TruncatedRank(new EnergyKept(Exact.Parse("0.95")), Head: true),
        ["{method: svd, epsilon: 0.1}"] = new TruncatedRank(new TailAtMost(Exact.Parse("0.1"), 2)),
        ["{method: svd, epsilon: 0.1, q: 1, except: [last]}"] = new TruncatedRank(new TailAtMost(Exact.Parse("0.1"), 1), Except: ["last"]),
        ["{method: ptq, bits: 4, weights: per-tensor, calibrate: {min-max: f.train, first: 64}}"] =
            new PostTrainingQuantization(4, Granularity.PerTensor, 4, Train with { First = 64 }),
        ["{method: ptq, bits: 8, scheme: nni, calibrate: {percentile: 99.9, of: f.train}}"] =
            new PostTrainingQuantization(8, Granularity.PerChannel, 8, Train, new Percentile(Exact.Parse("99.9")), ActivationScheme.Nni),
        ["{method: ptq, bits: 8, calibrate: {mse: f.train, grid: 50}}"] = new PostTrainingQuantization(8, Granularity.PerChannel, 8, Train, new SquaredError(50)),
        ["{method: qat, bits: 4, calibrate: {min-max: f.train}}"] =
            new QuantizationAware(4, Granularity.PerChannel, 4, Train, StraightThrough.Clipped, 0.99),
        ["{method: qat, bits: 4, gradient: identity, ranges: frozen, activations: none, calibrate: {mse: f.train}}"] =
            new QuantizationAware(4, Granularity.PerChannel, null, Train, StraightThrough.Identity, null, new SquaredError(32)),
        ["{method: qat, bits: 4, ranges: {ema: 0.9}, calibrate: {min-max: f.train}}"] =
            new QuantizationAware(4, Granularity.PerChannel, 4, Train, StraightThrough.Clipped, 0.9),
    };

    /// <summary>What is changed in the small file → the problems, as <c>line:column path | found | expected | hint</c>.</summary>
    public static TheoryData<string, string, string> Slips => new()
    {
        { "{method: filter-l1, ratio: {each: [0.5, 0.7]}}", "{method: magnitude, ratio: 0.5, iterative: {rounds: 1, recipe: fitt}}", "16:66 matrix.compress.filters.iterative.rounds | 1 | a whole number from 2 to 1000 | -; 16:77 matrix.compress.filters.iterative.recipe | fitt | a name in recipes: fit | did you mean fit?" },
        { "{method: filter-l1, ratio: {each: [0.5, 0.7]}}", "{method: learned-scores, keep: 0.5, scope: global}", "16:57 matrix.compress.filters.scope | global | the only choice: per-layer | -; 20:10 steps.small | no recipe | recipe: a name in recipes | -" },
        { "{method: filter-l1, ratio: {each: [0.5, 0.7]}}", "{method: n-m, n: 4, m: 4}", "16:31 matrix.compress.filters.n | 4 | a whole number from 1 to 3 | -" },
        { "{method: filter-l1, ratio: {each: [0.5, 0.7]}}", "{method: svd, rank: 5, energy: 0.9}", "16:14 matrix.compress.filters | rank and energy | one of rank: 10, energy: 0.95 and epsilon: 0.1 | -" },
        { "{method: filter-l1, ratio: {each: [0.5, 0.7]}}", "{method: svd, rank: 5, q: 1}", "16:37 matrix.compress.filters.q | unknown key q | a key of method svd: method, rank, energy, epsilon, head, except | -" },
        { "{method: filter-l1, ratio: {each: [0.5, 0.7]}}", "{method: svd, epsilon: 0, except: fc1}", "16:37 matrix.compress.filters.epsilon | 0 | a number above 0 and below 1 | -; 16:48 matrix.compress.filters.except | fc1 | a list of layers, for example [first, fc2] | -" },
        { "{min-max: f.train, first: 64}", "{percentile: 100, of: f.test}", "17:67 matrix.compress.int.calibrate.percentile | 100 | a number above 0 and below 100 | -; 17:76 matrix.compress.int.calibrate.of | f.test | a data set and its split: f.train, f.validation | -" },
        { "{min-max: f.train, first: 64}", "{min-max: {f.train: {first: 32}}, first: 64}", "17:64 matrix.compress.int.calibrate.min-max | first beside examples that say themselves how many | one of the two | -" },
        { "{min-max: f.train, first: 64}", "{mse: f.train, grid: 1, of: f.train}", "17:75 matrix.compress.int.calibrate.grid | 1 | a whole number from 2 to 1000 | -; 17:78 matrix.compress.int.calibrate.of | unknown key of | a key of calibrate by mse: first, grid, mse | -" },
        { "{compress: $compress, model: base,", "{compress: {method: learned-scores, keep: 0.5, recipe: fit}, regularize: {l1: {weight: 1}}, model: base,", "20:83 steps.small.regularize | regularizers of weights, which are frozen beside scores | regularize in a training before or after it | -" },
        { "{compress: $compress, model: base,", "{compress: {method: magnitude, keep: 0.5, iterative: {rounds: 2, recipe: fit}}, regularize: {tsc: {weight: 1}}, model: base,", "20:102 steps.small.regularize | tsc, whose gates end in weights that the next round prunes | tsc in a training before or after it | -" },
        { "{compress: $compress, model: base,", "{compress: {method: learned-scores, keep: 0.5}, recipe: {like: fit, optimizer: {sgd: {lr: 0.1}}, batch: 8, epochs: 1, renormalize: {norm: frobenius, to: initial}}, model: base,", "20:10 steps.small | a recipe that renormalizes weights, which are frozen beside scores | renormalize: none | -" },
        { "method: ptq", "method: qat, ranges: {ema: 1}, gradient: round", "17:38 matrix.compress.int.ranges.ema | 1 | a number from 0 and below 1 | -; 17:52 matrix.compress.int.gradient | round | one of: clipped, identity | -" },
    };

    public static TheoryData<string> Written => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Written))]
    public void A_compression_is_read_as_meant(string written)
    {
        var read = Compression(written);

        Canonical(read.Compression).ShouldBe(Canonical(Cases[written]));
        (read.Training is not null).ShouldBe(written.Contains("recipe", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Slips))]
    public void A_slip_is_reported_where_it_stands(string old, string changed, string problems) =>
        string.Join("; ", Specs.Problems(Specs.With((old, changed))).Select(p => $"{p.Line}:{p.Column} {p.Path ?? "-"} | {p.Found} | {p.Expected} | {p.Hint ?? "-"}"))
            .ShouldBe(problems);

    [Fact]
    public void Settings_left_at_their_old_meaning_leave_no_trace_in_the_key() =>
        Canonical(new PostTrainingQuantization(8, Granularity.PerChannel, 8, Train)).ShouldBe(
            """{"activations":8,"bits":8,"calibration":{"held":false,"source":"fashion-mnist-sample","split":"train"},"method":"ptq","weights":"per-channel"}""");

    [Fact]
    public void A_compression_that_trains_takes_its_examples_and_adversary_from_its_step()
    {
        var read = Compression("{method: learned-scores, keep: 0.1, recipe: fit}", ", adversary: pgd, data: {f: {first: 100}}");

        read.Training!.Model.ShouldBeNull();
        read.Training.Data.First.ShouldBe(100);
        read.Training.Adversary!.Name.ShouldBe("pgd");
        StepIdentities.ExamplesOf(read)["data"].ShouldBe(read.Training.Data);
        SeedPurposes.Of(read).ShouldBe([SeedPurposes.Batches, SeedPurposes.Attack]);
    }

    [Fact]
    public void One_that_trains_nothing_does_not_depend_on_them() =>
        CanonicalJson.Bytes(Compression("{method: magnitude, keep: 0.1}", ", adversary: pgd, data: {f: {first: 100}}"))
            .ShouldBe(CanonicalJson.Bytes(Compression("{method: magnitude, keep: 0.1}")));

    private static CompressSpec Compression(string written, string beside = "")
    {
        var run = Specs.Resolve(Specs.Small + $"\n  other: {{compress: {written}, model: base{beside}}}").Runs[0];
        return (CompressSpec)run.Step("other").Config.Deserialize<StepSpec>(LedgerJson.Options)!;
    }

    private static string Canonical(CompressionSpec spec) => System.Text.Encoding.UTF8.GetString(CanonicalJson.Bytes(spec));
}
