using System.Text;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;
using Ledger.Domain.Onnx;

namespace Ledger.Query.Export;

/// <summary>
/// The files of an export. What the ledger holds as artifacts is passed on byte for byte, so that its SHA-256 is the digest
/// in the ledger; that is why outcomes stay one file for each attack step.
/// </summary>
internal static class ExportFiles
{
    /// <summary>The manifest comes last.</summary>
    /// <exception cref="CorruptEvidence">An artifact is missing or damaged.</exception>
    /// <exception cref="Refused">An artifact was released and not made again, or a name in the ledger is no safe name for a file or in Python.</exception>
    public static IReadOnlyList<ExportFile> Of(RunToExport run, StepToExport model, ArtifactStore artifacts)
    {
        List<StepToExport> attacks = [.. run.Steps.Where(s => s.Kind == "attack" && s.IsDone)];
        CheckNames([model, .. attacks]);
        ExportFile architecture = Recorded("architecture.json", model, "architecture", artifacts), weights = Recorded("model.safetensors", model, "weights", artifacts);
        Architecture graph = Parse(architecture);
        List<ExportFile> files =
        [
            weights,
            architecture,
            Text("model.py", PlainPyTorch.Write(graph)),
            new ExportFile("model.onnx", Onnx(graph, weights)),
            .. attacks.Select(attack => Recorded($"outcomes/{attack.Path}.parquet", attack, "outcomes", artifacts)),
            Text("results.json", Rows(run.Results)),
            Text("spec.yaml", run.Yaml),
            Text("README.md", ReadMe.Text(run, model, attacks)),
        ];
        bool retracted = model.Retracted || attacks.Exists(a => a.Retracted);
        return [.. files, Manifest.Of(run, model.Path, retracted, files).ToFile()];
    }

    private static ExportFile Recorded(string path, StepToExport step, string role, ArtifactStore artifacts)
    {
        if (!step.Artifacts.TryGetValue(role, out RecordedArtifact? facts))
            throw new Refused("no-artifact", $"Step {step.Path} recorded no {role}; it cannot be exported.", ("step", step.Path), ("role", role));
        if (facts.Released is { } release && !artifacts.Has(ContentHash.Parse(facts.Artifact.Digest)))
        {
            throw new Refused(
                "artifact-released",
                $"The {role} of step {step.Path} ({facts.Artifact.Digest}) were released on {Numbers.Time(release.At)} UTC: {release.Reason}. A replay of run {step.OriginRun} makes them again.",
                ("step", step.Path), ("role", role), ("digest", facts.Artifact.Digest));
        }

        return new ExportFile(path, artifacts.ReadAll(ContentHash.Parse(facts.Artifact.Digest)), step.Source(role));
    }

    private static Architecture Parse(ExportFile file)
    {
        try
        {
            return JsonSerializer.Deserialize<Architecture>(file.Bytes, LedgerJson.Options)!;
        }
        catch (JsonException unknown)
        {
            throw new Refused("unknown-architecture", $"This version cannot read the network's graph ({unknown.Message}); a later one may.");
        }
    }

    private static byte[] Onnx(Architecture graph, ExportFile weights)
    {
        try
        {
            return OnnxExport.Write(graph, SafeTensors.Read(weights.Bytes).Tensors, OnnxForm.Itself);
        }
        catch (InvalidDataException unfit)
        {
            throw new Refused("unwritable-network", $"The network cannot be written as ONNX: {unfit.Message}.");
        }
    }

    private static void CheckNames(IEnumerable<StepToExport> steps)
    {
        if (steps.FirstOrDefault(s => !ExportFile.IsSafe(s.Path)) is { } unsafeStep)
        {
            throw new Refused(
                "unsafe-path", $"The step '{unsafeStep.Path}' cannot name a file: expected letters, digits and ._@=+,- between slashes.",
                ("step", unsafeStep.Path));
        }
    }

    private static ExportFile Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));

    private static string Rows(IReadOnlyList<string> rows) => rows.Count == 0 ? "[]\n" : $"[\n  {string.Join(",\n  ", rows)}\n]\n";
}
