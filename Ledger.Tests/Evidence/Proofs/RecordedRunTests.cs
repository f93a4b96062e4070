using System.Text.Json;
using Ledger.Domain;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Runner.Seals;
using Ledger.Tests.Query;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Proofs;

/// <summary>Runs that were carried out, their proofs and their attestations.</summary>
public sealed class RecordedRunTests(PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_run_came_to_can_be_proven_and_attested()
    {
        await using var tiny = await TinyExperiment.New(postgres);
        await tiny.Run();
        var place = new LedgerPlace(tiny.Connection, tiny.Folder);
        await using var source = NpgsqlDataSource.Create(tiny.Connection);
        var keys = (await new ShowKeys.Handler(tiny.Home).Handle(new ShowKeys(), Stop)).Keys.Select(key => VerifierKey.Parse(key.Verifier)).ToList();
        // Which of the two trains the network that both need is not known beforehand.
        var taker = (await Column(source, "select substr(stream, 5) from ledger_log.log where type = 'run.step_reused.v1'"))[0];
        var maker = (await Column(source, "select substr(stream, 5) from ledger_log.log where type = 'run.training_completed.v1'"))[0];
        var weights = (await Column(source, "select data #>> '{model,weights,digest}' from ledger.mt_events where type = 'run.compression_completed.v1'"))[0];

        foreach (string what in new[] { $"run/{maker}", $"run/{taker}", weights[..12], $"robustness/{maker}/weak/robust_accuracy", $"robustness/{taker}/weak/robust_accuracy", $"models/{taker}/base/model_digest" })
        {
            var said = await Said.By(place, "prove", what);
            said.Error.ShouldBeEmpty();
            ProofCheck.Of(Proof.Parse(said.Output), keys).Faults.ShouldBeEmpty();
            IndependentCheck.Codes($"{keys[0]}", [said.Output]).ShouldBe([0], what);
        }

        // Of a checkout with uncommitted changes these are an artifact of the run's too, and what it was made from.
        await Attested(tiny, taker, keys[0], await Column(source, $"select digest from results.artifacts where run = '{taker}' and step is not null"), maker);
        await Refusals(tiny, place, taker);
    }

    private static async Task Attested(TinyExperiment tiny, string run, VerifierKey key, IReadOnlyList<string> made, string takenFrom)
    {
        var envelope = DsseEnvelope.Parse((await new AttestRun.Handler(tiny.Home).Handle(new AttestRun(run), Stop)).ToJson());
        envelope.Fault(key).ShouldBeNull();
        envelope.PayloadType.ShouldBe("application/vnd.in-toto+json");
        var statement = JsonElement.Parse(envelope.Body());
        statement.GetProperty("_type").GetString().ShouldBe("https://in-toto.io/Statement/v1");
        statement.GetProperty("predicateType").GetString().ShouldBe("https://slsa.dev/provenance/v1");
        var subjects = statement.GetProperty("subject").EnumerateArray().ToDictionary(subject => subject.GetProperty("name").GetString()!, Sha256);
        subjects.Keys.ShouldContain("weak/outcomes");
        subjects.Values.ShouldBe(made, ignoreOrder: true);
        var definition = statement.GetProperty("predicate").GetProperty("buildDefinition");
        definition.GetProperty("buildType").GetString().ShouldBe("ledger:build-type/run/1");
        definition.GetProperty("externalParameters").GetProperty("experiment").GetString().ShouldBe("tiny");
        definition.GetProperty("externalParameters").GetProperty("point").GetProperty("compress").GetString().ShouldBeOneOf("none", "magnitude");
        definition.GetProperty("internalParameters").GetProperty("threads").GetInt32().ShouldBe(1);
        var dependencies = definition.GetProperty("resolvedDependencies").EnumerateArray().ToDictionary(resource => resource.GetProperty("name").GetString()!);
        dependencies["base/weights"].GetProperty("annotations").GetProperty("run").GetString().ShouldBe(takenFrom);
        dependencies.Values.Count(resource => resource.GetProperty("digest").TryGetProperty("ledgerExamples", out _)).ShouldBe(2);
        var details = statement.GetProperty("predicate").GetProperty("runDetails");
        details.GetProperty("builder").GetProperty("id").GetString().ShouldBe($"ledger:{key.Name["ledger/".Length..]}");
        details.GetProperty("metadata").GetProperty("invocationId").GetString().ShouldBe(run);
        details.GetProperty("metadata").GetProperty("finishedOn").GetString()!.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$");
    }

    private static async Task Refusals(TinyExperiment tiny, LedgerPlace place, string run)
    {
        await using var store = LedgerStore.Open(tiny.Connection, TimeProvider.System);
        await store.AppendShared($"review/{run}", "note", [new Annotated("later")], LedgerDatabase.Someone, Stop);
        long head = await store.Advance(Stop);
        var unsealed = await Said.By(place, "prove", $"{head}");
        (unsealed.ExitCode, unsealed.Output).ShouldBe((3, ""));
        unsealed.Error.ShouldContain("Seal first: ledger seal");

        var planned = new Planned("01JEXPERIMENT", new string('a', 64), 1, new Dictionary<string, string>(), 1, 1, []);
        await store.Append("run/01ZOPEN", 0, "plan", [planned], LedgerDatabase.Someone, Stop);
        (await Said.By(place, "prove", "run/01ZOPEN")).ShouldSatisfyAllConditions(said => said.ExitCode.ShouldBe(3), said => said.Error.ShouldContain("has not come to its end"));
        (await Should.ThrowAsync<Refused>(new AttestRun.Handler(tiny.Home).Handle(new AttestRun("01ZOPEN"), Stop))).Code.ShouldBe("not-at-its-end");

        await using (var change = store.Source.CreateCommand("""
            alter table ledger.mt_events disable trigger only_grows;
            update ledger.mt_events set data = jsonb_set(data, '{broken}', '0') where type = 'run.attack_completed.v1';
            """))
            await change.ExecuteNonQueryAsync(Stop);
        var altered = await Said.By(place, "prove", $"run/{run}");
        (altered.ExitCode, altered.Output).ShouldBe((4, ""));
        altered.Error.ShouldContain("The ledger does not prove this");
    }

    private static string Sha256(JsonElement resource) => resource.GetProperty("digest").GetProperty("sha256").GetString()!;

    private static async Task<List<string>> Column(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await using var row = await command.ExecuteReaderAsync(Stop);
        var values = new List<string>();
        while (await row.ReadAsync(Stop))
            values.Add(row.GetString(0));
        return values;
    }
}
