using System.Runtime.InteropServices;
using System.Text.Json;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Models;
using Ledger.Query.Export;
using Ledger.Runner.Data;
using Ledger.Runner.Models;
using Shouldly;
using Xunit;
using static TorchSharp.torch;
using Architecture = Ledger.Domain.Models.Architecture;

namespace Ledger.Tests.Export;

/// <summary>Real PyTorch loads what was exported and computes what this project computes: logits and the gradients attacks need.</summary>
public sealed class PyTorchAgreesTests : IDisposable
{
    private const int Images = 8;

    private const string Reader = """
        import importlib.util, json, struct, sys, torch
        torch.set_num_threads(1)
        folder, shape = sys.argv[1], json.loads(sys.argv[2])
        spec = importlib.util.spec_from_file_location("model", folder + "/model.py")
        model = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(model)
        network = model.load(folder)
        values = open(folder + "/../pixels", "rb").read()
        pixels = torch.tensor(struct.unpack(f"<{len(values) // 4}f", values)).view(shape).requires_grad_()
        logits = network(pixels)
        logits.square().sum().backward()
        print(json.dumps({
            "names": sorted(network.state_dict()), "training": network.training,
            "logits": logits.flatten().tolist(), "gradient": pixels.grad.flatten().tolist()}))
        """;

    private readonly ScratchFolder _scratch = new();

    public static TheoryData<string> Names => [.. Cases.Keys];

    private static Dictionary<string, Architecture> Cases { get; } = new(StringComparer.Ordinal)
    {
        ["small-cnn-pruned"] = Networks.SmallCnn(first: 8, second: 11),
        ["quantized per channel"] = Networks.Quantized(),
        ["quantized per tensor"] = Networks.Quantized(Granularity.PerTensor),
        ["yet to be trained as quantized"] = Networks.Latent(Granularity.PerChannel, StraightThrough.Clipped),
        ["yet to be trained, per tensor"] = Networks.Latent(Granularity.PerTensor, StraightThrough.Identity),
        ["factored"] = Networks.Factored(),
        ["residual"] = Networks.Residual(),
        ["eight-layer-conv of the zoo"] = Zoo("eight-layer-conv"),
        ["mlp of the zoo"] = Zoo("mlp"),
        ["mlp of low rank"] = Zoo("mlp", rank: 4),
        ["vgg16 of low rank"] = Zoo("vgg16", width: 0.125, rank: 5),
        ["vgg16 of the zoo"] = Zoo("vgg16", width: 0.125),
        ["vgg-small of the zoo"] = Zoo("vgg-small", width: 6),
        ["resnet18 of the zoo"] = Zoo("resnet18", width: 0.125),
        ["resnet-small of the zoo"] = Zoo("resnet-small", width: 6, depth: 8),
        ["wrn-10-2 of the zoo"] = Zoo("wrn", width: 0.5, depth: 10),
        ["wrn-16-1 of low rank"] = Zoo("wrn", width: 0.5, depth: 16, rank: 3),
    };

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void It_gives_the_same_logits_and_gradients(string name)
    {
        Assert.SkipWhen(PythonTorch.Interpreter is null, "No python3 with torch on this machine (Debian: python3-torch).");
        Architecture architecture = Cases[name];
        IReadOnlyList<NamedTensor> state = Networks.State(architecture, seed: 5);
        long[] shape = [Images, .. architecture.Input.Select(size => (long)size)];
        float[] pixels = Pixels(shape);
        Export(architecture, state, pixels);

        var theirs = JsonSerializer.Deserialize<Answer>(
            PythonTorch.Run(Reader, _scratch.At("out"), JsonSerializer.Serialize(shape)), JsonSerializerOptions.Web)!;
        var (logits, gradient) = Ours(architecture, state, pixels, shape);

        theirs.Training.ShouldBeFalse();
        theirs.Names.ShouldBe(state.Select(t => t.Name).Where(n => !n.EndsWith(".weight_scale", StringComparison.Ordinal)), ignoreOrder: true);
        logits.Max(MathF.Abs).ShouldBeGreaterThan(0.01f, "logits of nothing agree trivially");
        // A value half-way between two quantization levels may round either way after sums taken in another order: one image may differ.
        int mayDiffer = architecture.Nodes.OfType<FakeQuantize>().Any() ? 1 : 0;
        Differing(logits, theirs.Logits).ShouldBeLessThanOrEqualTo(mayDiffer);
        Differing(gradient, theirs.Gradient).ShouldBeLessThanOrEqualTo(mayDiffer);
    }

    private void Export(Architecture architecture, IReadOnlyList<NamedTensor> state, float[] pixels)
    {
        var artifacts = new ArtifactStore(_scratch.At("artifacts"));
        RunToExport run = Runs.Stored(artifacts, architecture, state);
        ExportFolder.At(_scratch.At("out"), force: false).Write(ExportFiles.Of(run, run.Steps[0], artifacts));
        File.WriteAllBytes(_scratch.At("pixels"), MemoryMarshal.AsBytes(pixels.AsSpan()).ToArray());
    }

    private static (float[] Logits, float[] Gradient) Ours(Architecture architecture, IReadOnlyList<NamedTensor> state, float[] pixels, long[] shape)
    {
        using Network network = Network.Load(architecture, state);
        using var scope = NewDisposeScope();
        var input = tensor(pixels, shape).requires_grad_();
        var logits = network.Forward(input);
        logits.mul(logits).sum().backward();
        return (logits.data<float>().ToArray(), input.grad!.data<float>().ToArray());
    }

    /// <summary>Real images where the network takes grey ones.</summary>
    private static float[] Pixels(long[] shape)
    {
        if (shape[1] != 1)
            return Networks.Pixels(shape, seed: 6);
        Examples sample = IdxDataset.Read(new DatasetCatalog(DataSources.All, []).Locate("fashion-mnist-sample"), "test");
        return [.. sample.Pixels.Take(Images * sample.Shape.Aggregate((a, b) => a * b)).Select(p => p / 255f)];
    }

    /// <summary>Images for which a value is further off than 1e-5 of the largest one, or than 1e-5.</summary>
    private static int Differing(float[] ours, float[] theirs)
    {
        theirs.Length.ShouldBe(ours.Length);
        float allowed = 1e-5f * Math.Max(1, ours.Max(MathF.Abs));
        int each = ours.Length / Images;
        return Enumerable.Range(0, Images).Count(image => Enumerable.Range(image * each, each).Any(i => !(MathF.Abs(ours[i] - theirs[i]) <= allowed)));
    }

    private static Architecture Zoo(string kind, double width = 0.25, int? depth = null, int? rank = null) => Architectures.Build(
        new(kind, [30, 20], width, Bias: true, new([0.286, 0.3, 0.31], [0.353, 0.36, 0.34]), depth, rank), [3, 32, 32], 10);

    private sealed record Answer(string[] Names, bool Training, float[] Logits, float[] Gradient);
}
