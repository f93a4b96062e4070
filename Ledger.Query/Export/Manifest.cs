using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Domain.Evidence;

namespace Ledger.Query.Export;

/// <summary>The event of the ledger that names an artifact.</summary>
/// <param name="Run">The run that computed it, which is another one than the exported run when the step was reused.</param>
/// <param name="Role">architecture, weights or outcomes.</param>
internal sealed record ArtifactSource(long Position, string Run, string Step, string Role);

/// <summary>A file as it lies in the folder.</summary>
/// <param name="Source">When given, <paramref name="Sha256"/> is the artifact's digest in the ledger.</param>
internal sealed record ManifestFile(string Path, string Sha256, long Bytes, ArtifactSource? Source);

/// <summary>
/// What an export consists of and where in the ledger it comes from: enough to check the files against the ledger, and against a seal.
/// </summary>
/// <param name="Step">The step that made the exported network.</param>
/// <param name="Position">The ledger as it was when exported: every event up to here was read, none after.</param>
/// <param name="Retracted">Whether the run, or one whose result it rests on, had been retracted by then.</param>
/// <param name="Seal">The smallest seal over the positions, a signed note; null while there is none.</param>
internal sealed record Manifest(
    string Format, string Run, string Experiment, string ExperimentName, string SpecDigest, string Step, long Position, bool Retracted,
    IReadOnlyList<ManifestFile> Files, string? Seal = null)
{
    public const string FileName = "manifest.json";

    public const string CurrentFormat = "ledger/export/1";

    // For people and for scripts: a seal that is not there yet is said, not left out.
    private static readonly JsonSerializerOptions Readable = new(LedgerJson.Options)
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Manifest Of(RunToExport run, string step, bool retracted, IEnumerable<ExportFile> files) => new(
        CurrentFormat, run.Run, run.Experiment, run.ExperimentName, run.SpecDigest, step, run.Position, retracted,
        [.. files.Select(f => new ManifestFile(f.Path, ContentHash.Of(f.Bytes).ToString(), f.Bytes.Length, f.Source))], run.Seal);

    public ExportFile ToFile() => new(FileName, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, Readable) + "\n"));
}
