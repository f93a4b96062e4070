using Ledger.Domain;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query.Evidence;
using Ledger.Runner.Seals;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

/// <summary>Which part of a ledger is read, by whom, and what is said of what was not.</summary>
public sealed class VerifyingTests(SealedExperiment experiment) : IClassFixture<SealedExperiment>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_plan_is_sealed_before_its_first_step_begins()
    {
        await using var ledger = await experiment.Copy();

        (await ledger.Scalar<long>(
            """
            select count(*) from ledger_log.log p where p.type like 'run.planned.%' and not exists (
                select from ledger_log.seals s where s.size >= p.position
                  and s.size < (select min(b.position) from ledger_log.log b where b.stream = p.stream and b.type like 'run.step_started.%'))
            """)).ShouldBe(0);
        (await ledger.Verify()).Findings.ShouldNotContain(finding => finding.Code == "begun-before-sealed");
        await ledger.Spoil("delete from ledger_log.seals where size < (select max(size) from ledger_log.seals)");
        (await ledger.Verify()).Findings.ShouldContain(finding => finding.Code == "begun-before-sealed" && finding.Severity == Severity.Note);
    }

    [Fact]
    public async Task Since_a_seal_only_what_came_after_it_is_read_and_all_of_it_is_held_against_the_seal()
    {
        await using var ledger = await experiment.Copy();
        string witness = await ledger.Witness();
        await using (var store = ledger.Open())
            await store.AppendShared(LedgerDatabase.New("review"), "a", [new Annotated("later")], LedgerDatabase.Someone, Stop);

        var found = await ledger.Verify(witness);

        found.ShouldSatisfyAllConditions(f => f.IsSound.ShouldBeTrue(), f => f.Whole.ShouldBeFalse(), f => f.Events.ShouldBe(1));
        found.Findings.ShouldContain(finding => finding.Code == "not-sealed" && finding.Position == found.Position);
        (await ledger.Verify(await Other(witness))).Findings.ShouldContain(finding => finding.Severity == Severity.Broken && finding.Code == "other-origin");
    }

    [Fact]
    public async Task What_is_sealed_while_it_is_verified_is_not_taken_for_broken()
    {
        await using var ledger = await experiment.Copy();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var sealedMeanwhile = Task.Run(
            async () =>
            {
                await using var store = ledger.Open();
                using var sealing = await Sealing.Open(ledger.Home, store, [], Stop);
                for (int i = 0; !over.IsCancellationRequested; i++)
                {
                    await store.AppendShared($"review/{Ulid.NewUlid()}", $"{i}", [new Annotated($"{i}")], LedgerDatabase.Someone, Stop);
                    await sealing.Seal(Stop);
                }

                return await ledger.Scalar<long>("select count(*) from ledger_log.seals");
            },
            Stop);

        for (int i = 0; i < 10; i++)
            (await ledger.Verify()).Findings.Where(finding => finding.Severity == Severity.Broken).ShouldBeEmpty();
        await over.CancelAsync();
        (await sealedMeanwhile).ShouldBeGreaterThan(10);
    }

    [Theory]
    [InlineData("", "found")]
    [InlineData("not a seal\n", "found")]
    public async Task A_witness_that_is_no_seal_is_bad_input(string text, string said)
    {
        await using var ledger = await experiment.Copy();
        string path = await ledger.Witness();
        await File.WriteAllTextAsync(path, text, Stop);

        (await Should.ThrowAsync<BadInput>(() => ledger.Verify(path))).Message.ShouldContain(said);
    }

    [Fact]
    public async Task A_sample_is_the_same_for_the_same_seed_and_no_whole_verification()
    {
        var scope = new AuditScope(0, Sample: 3 * TreeAudit.Chunk, Seed: 7);
        var chunks = scope.Chunks(100 * TreeAudit.Chunk);

        long[] Chosen(Func<long, bool> wanted) => [.. Enumerable.Range(0, 100).Select(i => ((long)i * TreeAudit.Chunk) + 1).Where(wanted)];
        Chosen(chunks).Length.ShouldBe(3);
        Chosen((scope with { }).Chunks(100 * TreeAudit.Chunk)).ShouldBe(Chosen(chunks));
        Chosen((scope with { Seed = 8 }).Chunks(100 * TreeAudit.Chunk)).ShouldNotBe(Chosen(chunks));
        scope.IsWhole.ShouldBeFalse();

        await using var ledger = await experiment.Copy();
        var found = await new VerifyLedger.Handler(ledger.Source, ledger.Place).Handle(new VerifyLedger(Sample: 1), Stop);
        found.ShouldSatisfyAllConditions(f => f.Whole.ShouldBeFalse(), f => f.Artifacts.ShouldBe(1), f => f.IsSound.ShouldBeTrue());
    }

    [Fact]
    public async Task Without_a_store_of_artifacts_that_is_doubted_and_not_broken()
    {
        await using var ledger = await experiment.Copy();

        var found = await new VerifyLedger.Handler(ledger.Source, ledger.Place with { ArtifactFolder = "/nowhere" }).Handle(new VerifyLedger(), Stop);

        found.IsSound.ShouldBeTrue();
        found.Findings.Where(finding => finding.Severity == Severity.Doubt).Select(finding => finding.Code).ShouldBe(["no-artifact-store", "no-seal-files"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_auditor_verifies_and_proves_with_nothing_but_SELECT()
    {
        await using var ledger = await experiment.Copy();
        await Migrate.Roles(ledger.Source, Stop);
        await ledger.Spoil("do $$ begin if not exists (select from pg_roles where rolname = 'one_auditor') then create role one_auditor login in role ledger_auditor; end if; end $$");
        string connection = new NpgsqlConnectionStringBuilder(ledger.Place.ConnectionString) { Options = "-c role=one_auditor" }.ConnectionString;
        await using var source = NpgsqlDataSource.Create(connection);

        var found = await new VerifyLedger.Handler(source, ledger.Place with { ConnectionString = connection }).Handle(new VerifyLedger(), Stop);

        found.Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        found.ShouldSatisfyAllConditions(f => f.Whole.ShouldBeTrue(), f => f.Tables.ShouldBeGreaterThan(10), f => f.Artifacts.ShouldBeGreaterThan(0));
    }

    [Fact]
    public async Task What_was_released_is_not_missing()
    {
        await using var ledger = await experiment.Copy();
        string digest = await ledger.Scalar<string>("select digest from results.artifacts where role = 'outcomes' limit 1");
        string run = await ledger.Scalar<string>($"select run from results.artifacts where digest = '{digest}' limit 1");
        await using (var store = ledger.Open())
        {
            await store.AppendShared($"review/{run}", "release", [new ArtifactReleased(digest, 1, "no room")], LedgerDatabase.Someone, Stop);
            await store.Advance(Stop);
        }

        File.Delete(Path.Combine(ledger.Place.ArtifactFolder, "objects", digest[..2], digest[2..]));

        var found = await ledger.Verify();
        found.ShouldSatisfyAllConditions(f => f.IsSound.ShouldBeTrue(), f => f.Released.ShouldBe(1));
    }

    /// <summary>The same seal of another ledger.</summary>
    private static async Task<string> Other(string witness)
    {
        string path = witness + ".other", text = await File.ReadAllTextAsync(witness, Stop);
        await File.WriteAllTextAsync(path, text.Replace(text.Split('\n')[0], "ledger/01J00000000000000000000000", StringComparison.Ordinal), Stop);
        return path;
    }
}
