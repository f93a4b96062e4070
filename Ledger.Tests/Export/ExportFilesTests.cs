using System.Text;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;
using Ledger.Query.Export;
using Shouldly;
using Xunit;
using static Ledger.Tests.Export.Runs;

namespace Ledger.Tests.Export;

public sealed class ExportFilesTests : IDisposable
{
    private static readonly Architecture Tiny = new([1, 1, 2], 2,
        [new Flatten("flatten", [Architecture.Pixels]), new Linear("head", ["flatten"], 2, 2, Bias: false)]);

    private static readonly NamedTensor[] Weights = [new("head.weight", TensorType.F32, [2, 2], new byte[16])];

    private readonly ScratchFolder _scratch = new();

    private readonly ArtifactStore _artifacts;

    public ExportFilesTests() => _artifacts = new ArtifactStore(_scratch.At("artifacts"));

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void An_export_holds_the_network_its_evaluation_and_their_origin() =>
        Export(Stored(_artifacts, Tiny, Weights, "weak/pgd", "strong")).Select(f => f.Path).ShouldBe(
        [
            "model.safetensors", "architecture.json", "model.py", "model.onnx", "outcomes/weak/pgd.parquet", "outcomes/strong.parquet",
            "results.json", "spec.yaml", "README.md", "manifest.json",
        ]);

    [Fact]
    public void What_the_ledger_holds_is_passed_on_byte_for_byte()
    {
        RunToExport run = Stored(_artifacts, Tiny, Weights, "weak");

        foreach (ExportFile file in Export(run).Where(f => f.Source is not null))
        {
            RecordedArtifact facts = run.Steps.Single(s => s.Path == file.Source!.Step).Artifacts[file.Source!.Role];
            ContentHash.Of(file.Bytes).ToString().ShouldBe(facts.Artifact.Digest);
            file.Source.Position.ShouldBe(facts.Position);
        }
    }

    [Fact]
    public void The_manifest_names_every_file_with_its_digest_and_says_that_there_is_no_seal()
    {
        IReadOnlyList<ExportFile> files = Export(Stored(_artifacts, Tiny, Weights, "weak"));
        using var manifest = JsonDocument.Parse(files[^1].Bytes);

        JsonElement[] entries = [.. manifest.RootElement.GetProperty("files").EnumerateArray()];
        entries.Select(e => (e.GetProperty("path").GetString()!, e.GetProperty("sha256").GetString()!, e.GetProperty("bytes").GetInt64()))
            .ShouldBe(files.SkipLast(1).Select(f => (f.Path, ContentHash.Of(f.Bytes).ToString(), (long)f.Bytes.Length)));
        entries[0].GetProperty("source").GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal)
            .ShouldBe("""{"position":7,"run":"01RUN","step":"base","role":"weights"}""");
        manifest.RootElement.GetProperty("seal").ValueKind.ShouldBe(JsonValueKind.Null);
        manifest.RootElement.GetProperty("position").GetInt64().ShouldBe(40);
    }

    [Fact]
    public void A_reused_step_is_traced_to_the_run_that_computed_it()
    {
        RunToExport run = Stored(_artifacts, Tiny, Weights);
        run = run with { Steps = [run.Steps[0] with { State = "reused", OriginRun = "01OTHER", OriginStep = "first" }] };

        Export(run)[0].Source.ShouldBe(new ArtifactSource(7, "01OTHER", "first", "weights"));
    }

    [Fact]
    public void Results_are_a_json_list_of_rows()
    {
        using var rows = JsonDocument.Parse(File("results.json", Stored(_artifacts, Tiny, Weights)));

        rows.RootElement[0].GetProperty("robust_accuracy").GetDouble().ShouldBe(0.25);
    }

    [Fact]
    public void A_retracted_result_says_so_where_a_reader_looks_first()
    {
        RunToExport run = Stored(_artifacts, Tiny, Weights);
        run = run with { Steps = [run.Steps[0] with { Retracted = true }] };

        File("README.md", run).ShouldContain("This result was retracted");
        File("manifest.json", run).ShouldContain("\"retracted\": true");
    }

    [Fact]
    public void The_read_me_names_every_file()
    {
        RunToExport run = Stored(_artifacts, Tiny, Weights, "weak", "strong");
        string readMe = File("README.md", run);

        foreach (ExportFile file in Export(run).Where(f => f.Path != "README.md"))
            readMe.ShouldContain($"`{file.Path}`");
    }

    [Fact]
    public void A_damaged_artifact_is_not_exported()
    {
        RunToExport run = Stored(_artifacts, Tiny, Weights);
        string path = _artifacts.PathOf(ContentHash.Parse(run.Steps[0].Artifacts["weights"].Artifact.Digest));
        System.IO.File.Delete(path);
        System.IO.File.WriteAllText(path, "other bytes");

        Should.Throw<CorruptArtifact>(() => Export(run));
    }

    [Fact]
    public void A_released_artifact_is_refused_with_the_way_to_make_it_again()
    {
        RunToExport run = Stored(_artifacts, Tiny, Weights);
        RecordedArtifact weights = run.Steps[0].Artifacts["weights"] with { Released = new Release(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero), "retracted: leak") };
        run = run with { Steps = [run.Steps[0] with { Artifacts = new Dictionary<string, RecordedArtifact>(run.Steps[0].Artifacts) { ["weights"] = weights } }] };

        Export(run).ShouldContain(file => file.Path == "model.safetensors", "whoever made the bytes again put them back");

        _artifacts.Free(ContentHash.Parse(weights.Artifact.Digest));
        Should.Throw<Refused>(() => Export(run)).Message.ShouldEndWith("were released on 2026-11-23 12:00:00 UTC: retracted: leak. A replay of run 01RUN makes them again.");
    }

    [Fact]
    public void A_step_whose_name_leads_out_of_the_folder_is_refused() =>
        Should.Throw<Refused>(() => Export(Stored(_artifacts, Tiny, Weights, "../../weak"))).Code.ShouldBe("unsafe-path");

    [Fact]
    public void A_graph_of_a_later_version_is_refused()
    {
        RunToExport run = Stored(_artifacts, Tiny, Weights);
        StoredArtifact later = _artifacts.Put("""{"input":[1],"classes":2,"nodes":[{"op":"attention","id":"a","inputs":["input"]}]}"""u8);
        var facts = new RecordedArtifact(new ArtifactRef(later.Hash.ToString(), later.Size), 7, Released: null);
        run = run with { Steps = [run.Steps[0] with { Artifacts = new Dictionary<string, RecordedArtifact>(run.Steps[0].Artifacts) { ["architecture"] = facts } }] };

        Should.Throw<Refused>(() => Export(run)).Code.ShouldBe("unknown-architecture");
    }

    private IReadOnlyList<ExportFile> Export(RunToExport run) => ExportFiles.Of(run, run.Steps[0], _artifacts);

    private string File(string path, RunToExport run) => Encoding.UTF8.GetString(Export(run).Single(f => f.Path == path).Bytes);
}
