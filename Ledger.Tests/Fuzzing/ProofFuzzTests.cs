using System.Text;
using System.Text.Json;
using CsCheck;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Query.Evidence;
using Ledger.Tests.Evidence.Proofs;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class ProofFuzzTests : IDisposable
{
    private const string Run = "01JRUN00000000000000000000";

    private const string Definition = "-- table: measurements\n-- kind: fact\n-- key: position, ordinal\n-- value | double precision | | computed | x\nselect 1\n";

    private readonly MadeLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_proof_is_checked_or_refused()
    {
        var samples = Samples();
        samples.ShouldAllBe(sample => ProofCheck.Of(Proof.Parse(Encoding.UTF8.GetString(sample)), new[] { _log.Key.Verifier }).Head != null);
        await Fuzz.Reader(Mutations.Json(samples), few: 2500, Check, refusal => refusal is BadInput);
    }

    [Theory]
    [InlineData("\"format\": \"ledger/proof/1\"", "\"format\": 1")]
    [InlineData("\"entries\": [", "\"entries\": [null,")]
    [InlineData("\"keys\": [", "\"keys\": [null,")]
    [InlineData("\"roles\": [", "\"roles\": [null,")]
    [InlineData("\"definitions\": [", "\"definitions\": [null,")]
    [InlineData("\"value\": 100", "\"value\": 1e400")]
    [InlineData("\"ordinal\": 1", "\"ordinal\": \"\\ud800\"")]
    [InlineData("\"origin\": \"", "\"origin\": \"\\u0000")]
    [InlineData("\"origin\": \"", "\"origin\": \"<half>")]
    public void Members_that_are_not_what_their_places_ask_for_are_refused(string old, string changed)
    {
        var changes = Samples().Select(Encoding.UTF8.GetString).Where(sample => sample.Contains(old, StringComparison.Ordinal)).ToList();
        changes.ShouldNotBeEmpty();
        changes.ShouldAllBe(sample => Refused(sample.Replace(old, changed, StringComparison.Ordinal)));
    }

    private static bool Refused(string proof) => Should.Throw<BadInput>(() => Proof.Parse(proof.Replace("<half>", "\ud800", StringComparison.Ordinal))).Problems.Count > 0;

    private void Check(byte[] bytes)
    {
        var proof = Proof.Parse(Encoding.UTF8.GetString(bytes).Replace('\ufffd', '\ud800'));
        var report = ProofCheck.Of(proof, [_log.Key.Verifier]);
        _ = JsonSerializer.Serialize(VerifiedProof.Of(proof, report), LedgerJson.Options);
    }

    private byte[][] Samples()
    {
        long training = _log.Add($"run/{Run}", new TrainingCompleted("base", new ModelRef(new ArtifactRef(new string('a', 64), 5), new ArtifactRef(new string('b', 64), 7)), 1, 1, 0.5, 1, 1));
        long measured = _log.Add($"run/{Run}", new MeasurementCompleted("size", [new MetricValue("examples", 100, "count", MetricClass.Computed)], null, null, 1));
        long end = _log.Add($"run/{Run}", new Completed(3));
        var key = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["position"] = Json(measured), ["ordinal"] = Json(1) };
        return
        [
            .. new[]
            {
                _log.Prove(new EventClaim(training, _log[training].EventId), training),
                _log.Prove(new RunClaim(Run, "completed", 3), training, measured, end),
                _log.Prove(new ArtifactClaim(new string('b', 64), 7, training, Run, ["weights"], "base"), training),
                _log.Prove(new CellClaim("measurements", key, "value", Json(100), CellRule.Event, [], [new("measurements", ContentHash.Of(Encoding.UTF8.GetBytes(Definition)).ToString(), Definition)]), measured),
            }.Select(proof => Encoding.UTF8.GetBytes(proof.ToJson())),
        ];
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, LedgerJson.Options);
}
