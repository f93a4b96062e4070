using Ledger.Domain.Experiments;
using Ledger.Domain.Models;
using Ledger.Domain.Onnx;
using Ledger.Domain.Runs;
using Ledger.Runner.Compression;
using Ledger.Runner.Data;
using Ledger.Runner.Measures;
using Ledger.Runner.Models;
using Ledger.Tests.Compression;
using Ledger.Tests.Support;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static Ledger.Tests.Compression.CompressionNets;
using static TorchSharp.torch;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Onnx;

/// <summary>ONNX Runtime reads what was written and computes what this project computes.</summary>
public class OnnxRuntimeAgreesTests : TorchTests
{
    private const int Images = 256;

    private static readonly ModelState Cnn = Zoo("small-cnn", 0.25);

    public static TheoryData<string> Networks => ["small-cnn", "eight-layer-conv", "mlp", "residual", "pre-activation", "factored", "filters removed", "resnet18", "wrn"];

    public static MatrixTheoryData<int, Granularity, ActivationScheme> Quantizations =>
        new([8, 5, 4, 2], [Granularity.PerTensor, Granularity.PerChannel], [ActivationScheme.Affine, ActivationScheme.Nni]);

    [Theory]
    [MemberData(nameof(Networks))]
    public void Float_networks_give_the_same_logits(string name)
    {
        var model = Float(name);
        var images = Sample(model.Architecture);

        var (ours, theirs) = (Values(model, images), Theirs(model, images));

        ours.Max(MathF.Abs).ShouldBeGreaterThan(0.01f, "logits of nothing agree trivially");
        ours.Zip(theirs).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeLessThan(1e-5f * Math.Max(1, ours.Max(MathF.Abs)));
    }

    /// <summary>
    /// Integer sums are rescaled in one rounding where the simulation rounds several times, and biases of eight bits are rounded to int32: a value half-way
    /// between two levels may go either way. So a few logits may be off by a level or two; nearly all classes are the same.
    /// </summary>
    [Theory]
    [MemberData(nameof(Quantizations))]
    public void Quantized_networks_give_the_same_classes_and_logits_within_few_steps(int bits, Granularity weights, ActivationScheme scheme)
    {
        var model = Quantized(Cnn, bits, weights, scheme);
        var images = Sample(model.Architecture);
        var step = (float)model.Architecture.Nodes.OfType<FakeQuantize>().Last().Scale;

        var (ours, theirs) = (Values(model, images), Theirs(model, images));

        Classes(ours).Zip(Classes(theirs)).Count(pair => pair.First == pair.Second).ShouldBeGreaterThanOrEqualTo(Images * 99 / 100);
        ours.Zip(theirs).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeLessThanOrEqualTo(3 * step);
        ours.Zip(theirs).Count(pair => Math.Abs(pair.First - pair.Second) < step / 2).ShouldBeGreaterThan(ours.Length * 9 / 10);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(4)]
    public void Other_widths_than_eight_bits_are_simulated_in_float(int bits)
    {
        var model = Quantized(Cnn, bits, Granularity.PerChannel, ActivationScheme.Affine);
        var images = Sample(model.Architecture);

        OnnxExport.IsInteger(model.Architecture).ShouldBeFalse();
        Values(model, images).Zip(Theirs(model, images)).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeLessThan(3 * (float)model.Architecture.Nodes.OfType<FakeQuantize>().Last().Scale);
    }

    [Fact]
    public void Integer_weights_with_float_activations_agree_as_floats_do()
    {
        var model = WeightQuantizer.Quantize(Cnn, 4, Granularity.PerChannel);
        var images = Sample(model.Architecture);

        Values(model, images).Zip(Theirs(model, images)).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void In_float_form_a_quantized_network_has_the_weights_its_integers_stand_for_and_no_rounding()
    {
        var model = Quantized(Cnn, 4, Granularity.PerChannel, ActivationScheme.Affine);
        var images = Sample(model.Architecture);
        using var run = new OnnxRun(model, OnnxForm.Float, threads: 1);
        var dequantized = WeightQuantizer.Dequantize(WeightQuantizer.Quantize(Cnn, 4, Granularity.PerChannel));

        run.Logits(images.data<float>().ToArray()).Zip(Values(dequantized, images)).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void A_network_yet_to_be_trained_as_quantized_is_written_like_the_quantized_one()
    {
        var latent = WeightQuantizer.Prepare(Cnn, 4, Granularity.PerChannel);

        byte[] Bytes(ModelState model) => OnnxExport.Write(model.Architecture, model.Tensors.Values, OnnxForm.Itself);
        Bytes(latent).ShouldBe(Bytes(WeightQuantizer.Quantize(Cnn, 4, Granularity.PerChannel)));
    }

    [Fact]
    public void An_eight_bit_file_is_less_than_a_third_as_large()
    {
        int Size(ModelState model) => OnnxExport.Write(model.Architecture, model.Tensors.Values, OnnxForm.Itself).Length;

        Size(Quantized(Cnn, 8, Granularity.PerChannel, ActivationScheme.Affine)).ShouldBeLessThan(Size(Cnn) / 3);
    }

    [Fact]
    public void The_measurement_tells_agreement_difference_and_two_latencies_each_of_float_and_integers()
    {
        using var situation = new StepSituation();
        using var network = StepSituation.NearestMean();
        var ptq = new CompressSpec(new PostTrainingQuantization(8, Granularity.PerChannel, 8, StepSituation.Train(64)));
        var int8 = CompressStep.Run(situation.Task(ptq, network), _ => { }, TestContext.Current.CancellationToken).Completion;

        IReadOnlyList<MetricValue> Measured() => MeasureStep.Run(
            situation.Task(new MeasureSpec(["onnx"], StepSituation.Test(200)), int8.Model), TestContext.Current.CancellationToken).Completion.Metrics;
        var (first, second) = (Measured(), Measured());

        first.Select(metric => metric.Name).ShouldBe(
        [
            "onnx_agreement", "onnx_max_difference", "onnx_examples", "onnx_fp32_latency_ms_p50", "onnx_fp32_latency_ms_p50_batch_128",
            "onnx_int8_latency_ms_p50", "onnx_int8_latency_ms_p50_batch_128",
        ]);
        first[0].Value!.Value.ShouldBeGreaterThanOrEqualTo(0.99);
        first.Where(metric => metric.Class == MetricClass.Computed).ShouldBe(second.Where(metric => metric.Class == MetricClass.Computed));
        first.Where(metric => metric.Class == MetricClass.Observed).ShouldAllBe(metric => metric.Value > 0);
    }

    private static ModelState Float(string name) => name switch
    {
        "residual" => State(Residual),
        "pre-activation" => State(PreActivation),
        "resnet18" or "wrn" => Colour(name, name == "wrn" ? 10 : null),
        "factored" => LowRankFactors.Truncate(Cnn, new TruncatedRank(new FixedRank(2), Head: true)).Model,
        "filters removed" => FilterPruner.Remove(Cnn, FilterPruner.Choose(Cnn, new(Exact.Parse("0.5"), FilterNorm.L1, Scope.PerLayer, true))),
        "mlp" => State(Architectures.Build(new("mlp", [30, 20], 1, Bias: false, new([0.286], [0.353])), [1, 28, 28], 10)),
        _ => Zoo(name, 0.25),
    };

    private static ModelState Quantized(ModelState model, int bits, Granularity weights, ActivationScheme scheme)
    {
        using var network = Network.Load(model.Architecture, [.. model.Tensors.Values]);
        var points = QuantizationPoints.Of(model.Architecture, scheme);
        var ranges = Calibration.Ranges(network, points, () => [Sample(model.Architecture)], null, bits);
        var quantized = WeightQuantizer.Quantize(model, bits, weights);
        return quantized with { Architecture = ActivationQuantizer.Insert(quantized.Architecture, ranges, bits) };
    }

    /// <summary>Real images where the network takes grey ones.</summary>
    private static Tensor Sample(Architecture architecture)
    {
        if (architecture.Input is not [1, 28, 28])
            return CompressionNets.Images(architecture, architecture.Input is [3, ..] ? 8 : Images);
        using var examples = new ExampleTensors(Examples.Read(StepSituation.Sample, StepSituation.Test(Images)));
        return examples.Rows(0, Images).Pixels;
    }

    private static float[] Values(ModelState model, Tensor images) => Logits(model, images).data<float>().ToArray();

    private static float[] Theirs(ModelState model, Tensor images)
    {
        using var run = new OnnxRun(model, OnnxForm.Itself, threads: 1);
        return run.Logits(images.contiguous().data<float>().ToArray());
    }

    private static IEnumerable<int> Classes(float[] logits) => logits.Chunk(logits.Length / Images).Select(row => Array.IndexOf(row, row.Max()));
}
