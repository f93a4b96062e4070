using System.Text.Json;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Domain.Evidence.Seals;
using Ledger.Query;
using Ledger.Query.Results;
using Ledger.Tests.Query;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Proofs;

/// <summary>Proofs of recorded ledgers, held against both verifiers.</summary>
public sealed class ProveTests(SealedLedgers ledgers) : IClassFixture<SealedLedgers>
{
    private const string First = "01JEA0000000000000000000A0", Third = "01JEC0000000000000000000C0";

    public static TheoryData<string> OfEveryKind =>
    [
        "9", "run/01JEA", "01jec", "01JEE", $"artifact/{new string('8', 64)}", "results/attacks/15/broken", $"robustness/{Third}/pgd/robust_accuracy",
        $"results/metrics/{First}/clean/13/1/value", "results/runs/01JEC/steps", "steps/01JEC/small/seconds", "experiments/01JD/slug", "models/01JEC/small/clean_accuracy_full",
        "results/replays/01JEF/verdict", "lineage/01JEC/pgd/base/artifacts", "measurements/13/5/value", "flags/45/code",
    ];

    [Theory]
    [MemberData(nameof(OfEveryKind))]
    public async Task Both_verifiers_accept_a_proof_of(string what)
    {
        string text = await Prove(what);
        ProofCheck.Of(Proof.Parse(text), [ledgers.SampleKey]).Faults.ShouldBeEmpty();
        IndependentCheck.Codes($"{ledgers.SampleKey}", [text]).ShouldBe([0]);
        using var other = SigningKey.Generate(ledgers.SampleKey.Name);
        IndependentCheck.Codes($"{other.Verifier}", [text]).ShouldBe([4]);
    }

    [Theory]
    [InlineData("9", int.MaxValue)]
    [InlineData("artifact/88888888", int.MaxValue)]
    [InlineData("attacks/15/broken", int.MaxValue)]
    [InlineData("run/01JEE", int.MaxValue)]
    [InlineData("robustness/01JEC/pgd/robust_accuracy", 300)]
    [InlineData("metrics/01JEA/clean/13/1/value", 150)]
    [InlineData("runs/01JEE/steps", 150)]
    public async Task Whatever_is_altered_is_found_by_both_verifiers(string what, int most)
    {
        string text = await Prove(what);
        bool recomputed = ProofCheck.Of(Proof.Parse(text), [ledgers.SampleKey]).Remarks.All(remark => !remark.Contains("not computed", StringComparison.Ordinal));
        var altered = Alterations.Of(text).Where(one => recomputed || one.Place != "$.claim.value").ToList();
        var chosen = altered.Where((_, i) => altered.Count <= most || i % (altered.Count / most) == 0).ToList();
        chosen.Count.ShouldBeGreaterThan(30);
        chosen.Where(one => Holds(one.Text)).Select(one => one.Place).ShouldBeEmpty();
        var codes = IndependentCheck.Codes($"{ledgers.SampleKey}", [.. chosen.Select(one => one.Text)]);
        chosen.Zip(codes).Where(pair => pair.Second == 0).Select(pair => pair.First.Place).ShouldBeEmpty();
        codes.ShouldContain(4);
    }

    [Fact]
    public async Task Every_plain_column_is_the_one_of_its_table()
    {
        await using var source = NpgsqlDataSource.Create(ledgers.Study.ConnectionString);
        await using var reading = await Reading.Open(source, null, Stop);
        foreach (var table in PlainColumns.All.GroupBy(plain => plain.Table, plain => plain.Column, StringComparer.Ordinal))
        {
            var rows = await reading.Rows(
                $"select concat_ws('/', {string.Join(", ", Definitions.Of(table.Key).Key)}) from results.{table.Key} t order by 1 limit 2", row => row.GetString(0), Stop);
            foreach (string cell in rows.SelectMany(row => table.Select(column => $"{table.Key}/{row}/{column}")))
                ProofCheck.Of(Proof.Parse(await Prove(cell, ledgers.Study)), [ledgers.StudyKey]).Remarks.ShouldContain(remark => remark.Contains("computed again from the events", StringComparison.Ordinal), cell);
        }
    }

    [Fact]
    public async Task A_worst_case_is_proven_by_its_events_and_not_computed_again()
    {
        await using var source = NpgsqlDataSource.Create(ledgers.Study.ConnectionString);
        await using var reading = await Reading.Open(source, null, Stop);
        string row = (await reading.Rows("select run || '/' || attack_step from results.robustness r where worst_case order by 1 limit 1", r => r.GetString(0), Stop))[0];
        string text = await Prove($"robustness/{row}/robust_accuracy", ledgers.Study);
        var report = ProofCheck.Of(Proof.Parse(text), [ledgers.StudyKey]);
        report.Faults.ShouldBeEmpty();
        report.Remarks.ShouldContain(remark => remark.Contains("not computed again", StringComparison.Ordinal));
        IndependentCheck.Codes($"{ledgers.StudyKey}", [text]).ShouldBe([0]);
    }

    [Fact]
    public async Task A_seal_that_covers_the_event_is_the_smallest_one()
    {
        var proof = Proof.Parse(await Prove("9"));
        Seal.Parse(proof.Seal).Head.Size.ShouldBe(83);
        proof.Origin.ShouldBe(ledgers.SampleKey.Name);
        proof.Keys.ShouldBe([$"{ledgers.SampleKey}"]);
    }

    [Theory]
    [InlineData("9999", 2, "found no position 9999, expected 1 to 83")]
    [InlineData("11111111-1111-1111-1111-111111111111", 2, "found no event 11111111")]
    [InlineData("run/01J", 2, "6 runs begin with")]
    [InlineData("zzz", 2, "found no run 'zzz'")]
    [InlineData("artifact/abc", 2, "expected a position")]
    [InlineData("artifact/0123456789", 2, "found no artifact '0123456789'")]
    [InlineData("attackz/15/broken", 2, "found no table 'attackz', expected one of artifacts")]
    [InlineData("attacks/15/brokn", 2, "expected one of position, recorded_at, run")]
    [InlineData("attacks/14/broken", 2, "found no row '14' in attacks, expected values of position, such as")]
    [InlineData("robustness/01JEA/nope/broken", 2, "01JEA0000000000000000000A0/fgsm")]
    public async Task What_cannot_be_proven_is_said(string what, int code, string part)
    {
        var said = await Said.By(ledgers.Sample, "prove", what);
        (said.ExitCode, said.Output).ShouldBe((code, ""));
        said.Error.ShouldContain(part);
    }

    [Fact]
    public async Task A_proof_written_to_a_file_is_checked_without_a_ledger()
    {
        string folder = Directory.CreateTempSubdirectory("ledger-proof-").FullName, file = Path.Combine(folder, "p.json"), key = Path.Combine(folder, "key");
        await File.WriteAllTextAsync(key, $"{ledgers.SampleKey}   signs on this machine\n", Stop);
        (await Said.By(ledgers.Sample, "prove", "attacks/15/broken", "--out", file)).Error.ShouldContain("broken = 540 in attacks where position = 15");
        var nowhere = new LedgerPlace("Host=nowhere.invalid", "");

        var said = await Said.By(nowhere, "verify-proof", file, "--key", key);
        (said.ExitCode, said.Error).ShouldBe((0, ""));
        said.Output.ShouldStartWith("holds: broken = 540 in attacks where position = 15");
        said.Output.ShouldContain("computed again from the events");
        JsonElement.Parse((await Said.By(nowhere, "verify-proof", file, "--key", $"{ledgers.SampleKey}", "--json")).Output).GetProperty("holds").GetBoolean().ShouldBeTrue();
        (await Said.By(nowhere, "verify-proof", file)).ShouldSatisfyAllConditions(no => no.ExitCode.ShouldBe(2), no => no.Error.ShouldContain("whoever forges a ledger signs it too"));
        (await Said.By(nowhere, "verify-proof", key, "--key", key)).ExitCode.ShouldBe(2);
        (await Said.By(nowhere, "verify-proof", file, "--key", "nonsense")).ExitCode.ShouldBe(2);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Stop)).Replace("540", "539", StringComparison.Ordinal), Stop);
        var broken = await Said.By(nowhere, "verify-proof", file, "--key", key);
        (broken.ExitCode, broken.Output[..6]).ShouldBe((4, "BROKEN"));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_independent_check_knows_its_way_of_being_called()
    {
        var (code, output) = IndependentCheck.Python(IndependentCheck.Script, "nothing.json");
        (code, output).ShouldBe((2, "no proof: no key: those in the file are the ledger's own word\n"));
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, await Prove("9"), Stop);
        IndependentCheck.Python(IndependentCheck.Script, file, $"{ledgers.SampleKey}").ShouldBe((0, "holds\n"));
        File.Delete(file);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<string> Prove(string what, LedgerPlace? place = null)
    {
        var said = await Said.By(place ?? ledgers.Sample, "prove", what);
        said.Error.ShouldBeEmpty();
        return said.Output;
    }

    private bool Holds(string text)
    {
        try
        {
            return ProofCheck.Of(Proof.Parse(text), [ledgers.SampleKey]).Holds;
        }
        catch (Domain.BadInput)
        {
            return false;
        }
    }
}
