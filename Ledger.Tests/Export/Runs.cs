using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Models;
using Ledger.Query.Export;

namespace Ledger.Tests.Export;

/// <summary>Runs as an export reads them.</summary>
internal static class Runs
{
    public static RunToExport Run(params StepToExport[] steps) =>
        new("01RUN", "01EXPERIMENT", "tiny", new string('5', 64), "ledger: 1\nexperiment: tiny\n", 40, steps, ["""{"run":"01RUN","robust_accuracy":0.25}"""]);

    public static StepToExport Step(string path, string kind, string? model = null) =>
        new(path, kind, "completed", model, "01RUN", path, Retracted: false, new Dictionary<string, RecordedArtifact>());

    /// <summary>A run whose network and outcomes lie in the store.</summary>
    public static RunToExport Stored(ArtifactStore store, Architecture architecture, IEnumerable<NamedTensor> state, params string[] attacks)
    {
        StepToExport model = Step("base", "train") with
        {
            Artifacts = new Dictionary<string, RecordedArtifact>
            {
                ["architecture"] = Put(store, CanonicalJson.Bytes(architecture), 7),
                ["weights"] = Put(store, SafeTensors.Write(state), 7),
            },
        };
        return Run([model, .. attacks.Select((path, place) => Step(path, "attack", "base") with
        {
            Artifacts = new Dictionary<string, RecordedArtifact> { ["outcomes"] = Put(store, [.. "PAR1"u8, (byte)place], 8 + place) },
        })]);
    }

    private static RecordedArtifact Put(ArtifactStore store, byte[] bytes, long position)
    {
        StoredArtifact stored = store.Put(bytes);
        return new RecordedArtifact(new ArtifactRef(stored.Hash.ToString(), stored.Size), position, Released: null);
    }
}
