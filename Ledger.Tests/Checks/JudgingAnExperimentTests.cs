using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query.Checks;
using Ledger.Tests.Support;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Ledger.Tests.Checks;

/// <summary><c>ledger check</c> on a real Postgres: rows, verdicts, what is recorded, and since when a check counts.</summary>
public sealed class JudgingAnExperimentTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-checks-").FullName;
    private RecordedStudy? _study;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private RecordedStudy Study => _study!;

    public async ValueTask InitializeAsync()
    {
        string connection = await postgres.CreateDatabase("checks");
        _study = new RecordedStudy(connection, _folder);
        await Migrate.Apply(Study.Store, LedgerDatabase.Someone, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await Study.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Claims_are_judged_on_what_was_recorded_and_the_verdicts_are_recorded_once()
    {
        await Completed();
        var judged = await Study.Judge();
        judged.Checks.Select(check => $"{check.Check} {check.Verdict} {check.Declared}").ShouldBe(["P1 held pre", "P2 held pre", "P3 inconclusive pre"]);
        judged.ExitCode.ShouldBe(0);
        judged.Consistency.ShouldBeEmpty();
        judged.Runs.ShouldBeEmpty();

        (await Study.Record(judged)).New.ShouldBeTrue();
        (await Study.Record(await Study.Judge())).ShouldBe(new Ledger.Runner.Runs.RecordedVerdicts(false, judged.Position));
        (await Study.Count("experiment.checks_judged.v1")).ShouldBe(1);
    }

    [Fact]
    public async Task Paired_claims_are_about_the_outcomes_in_the_artifact_store()
    {
        await Completed();
        var numbers = (await Study.Judge()).Checks.Single(check => check.Check == "P2").Numbers;
        (numbers.Unit, numbers.Parts[0].N, numbers.Parts[0].Estimate).ShouldBe(("example", 200, 0.485));
        numbers.Parts[0].Method.ShouldBe("score of paired fractions (Tango 1998)");

        Directory.Delete(Path.Combine(_folder, "objects"), recursive: true);
        var gone = (await Study.Judge()).Checks.Single(check => check.Check == "P2");
        (gone.Verdict, gone.Numbers.Parts[0].Why).ShouldBe(("not testable", "seed 1: no per-example outcomes of robust_accuracy"));
    }

    [Fact]
    public async Task A_check_added_or_changed_after_the_first_result_is_post_hoc_for_ever()
    {
        var spec = await Study.Register(RecordedStudy.Yaml);
        await Study.Store.Advance(Stop);
        var early = await Study.Register(RecordedStudy.Yaml + "  P4: {value: sparsity, expect: \"< 0.1\"}\n", "a fourth");
        await Study.Run(early, early.Runs[0], standing: 2);
        await Study.Store.Advance(Stop);
        string later = RecordedStudy.Yaml.Replace("\"< 0.05\"", "\"< 0.06\"") + "  P4: {value: sparsity, expect: \"< 0.1\"}\n  P5: {value: sparsity, expect: \"< 0.2\"}\n";
        await Study.Register(later, "looked at it");
        spec.SpecDigest.ShouldNotBe(early.SpecDigest);

        string[] declared = [.. (await Study.Judge()).Checks.Select(check => $"{check.Check} {check.Declared}")];
        declared.ShouldBe(["P1 post hoc", "P2 pre", "P3 pre", "P4 pre", "P5 post hoc"]);

        await Study.Record(await Study.Judge());
        await Study.Register(RecordedStudy.Yaml, "back again");
        (await Study.Judge()).Checks.Select(check => $"{check.Check} {check.Declared}").ShouldBe(["P1 post hoc", "P2 pre", "P3 pre"]);
    }

    [Fact]
    public async Task A_network_taken_over_from_elsewhere_is_a_first_result_when_it_is_taken_over()
    {
        var spec = await Study.Register(RecordedStudy.Yaml);
        await Study.TakeOver(spec.Runs[0], "base");
        await Study.Register(RecordedStudy.Yaml + "  P4: {value: sparsity, expect: \"< 0.1\"}\n", "a fourth");
        (await Study.Judge()).Checks.Select(check => check.Declared).ShouldBe(["pre", "pre", "pre", "post hoc"]);
    }

    [Theory]
    [InlineData("base", "pre")]
    [InlineData("weak/pgd", "post hoc")]
    [InlineData("size", "post hoc")]
    public async Task Claims_of_a_study_that_takes_over_what_another_found_before_are_post_hoc(string step, string declared)
    {
        await Completed();
        string copy = RecordedStudy.Yaml.Replace("experiment: recorded", "experiment: copied");
        var spec = await Study.Register(copy);
        await Study.TakeOver(spec.Runs[0], step);
        (await Study.Judge()).Checks.Select(check => check.Declared).Distinct().ShouldBe([declared]);
    }

    [Fact]
    public async Task What_another_study_found_before_is_known_although_it_is_computed_again()
    {
        await Completed();
        var spec = await Study.Register(RecordedStudy.Yaml.Replace("experiment: recorded", "experiment: copied"));
        await Study.Run(spec, spec.Runs[0], standing: 2);
        (await Study.Judge()).Checks.Select(check => check.Declared).Distinct().ShouldBe(["post hoc"]);
    }

    [Fact]
    public async Task Claims_made_before_another_study_found_it_are_not_post_hoc()
    {
        var first = await Study.Register(RecordedStudy.Yaml.Replace("experiment: recorded", "experiment: copied"));
        string early = Study.Experiment;
        await Completed();
        await Study.TakeOver(first.Runs[0], "weak/pgd", early);
        (await Study.Judge(experiment: "copied")).Checks.Select(check => check.Declared).Distinct().ShouldBe(["pre"]);
    }

    [Fact]
    public async Task Failed_and_retracted_runs_replays_and_earlier_specifications_are_listed_and_not_counted()
    {
        var old = await Study.Register(RecordedStudy.Yaml.Replace("epochs: 10", "epochs: 9"));
        await Study.Run(old, old.Runs[0], 90);
        var spec = await Study.Register(RecordedStudy.Yaml, "more epochs");
        var runs = new List<string>();
        foreach (var plan in spec.Runs)
            runs.Add(await Study.Run(spec, plan, plan is { Seed: 2 } && plan.Point["base"] == "plain" ? null : plan.Point["base"] == "plain" ? 2 : 99));
        await Study.Run(spec, spec.Runs[0], 90, replayOf: runs[0]);
        await Study.Store.AppendShared($"review/{runs[^1]}", "retract", [new Retracted("wrong images")], LedgerDatabase.Someone, Stop);

        var judged = await Study.Judge();
        judged.Runs.Select(run => $"{run.Point["base"]} {run.Seed} {run.Why}").ShouldBe(
            ["plain 1 earlier specification", "plain 2 failed (base diverged)", "robust 3 retracted", "plain 1 replay"]);
        var value = judged.Checks[0];
        (value.Verdict, value.Numbers.Parts[0].Why).ShouldBe(("inconclusive", "2 seeds, at least 3 wanted"));
        value.Numbers.LeftOut.ShouldBe(["base plain, seed 2: failed (base diverged)"]);
    }

    [Fact]
    public async Task What_is_not_held_gives_exit_code_1_and_is_said_in_words()
    {
        await Completed(plain: 60);
        var judged = await Study.Judge();
        judged.ExitCode.ShouldBe(1);
        string said = Said(judged);
        said.ShouldContain("recorded · 3 checks · 1 held, 1 inconclusive, 1 not held");
        said.ShouldContain("P1     not held      pre");
        said.ShouldContain("P1  robust_accuracy < 0.05, where base plain, adversary pgd");
        said.ShouldContain("undefended-stands: 30 % stand although nothing defends the network (base plain, seed 1, base under pgd at ε 0.1)");
        said.Split('\n').ShouldContain("Recorded.");
    }

    [Fact]
    public async Task Verdicts_as_of_a_position_know_nothing_of_later_runs()
    {
        var spec = await Study.Register(RecordedStudy.Yaml);
        await Study.Store.Advance(Stop);
        long before = (await Study.Judge()).Position;
        await Study.Run(spec, spec.Runs[0], 2);
        (await Study.Judge()).Position.ShouldBeGreaterThan(before);
        var then = await Study.Judge($"{before}");
        then.Position.ShouldBe(before);
        then.Checks.Select(check => check.Verdict).Distinct().ShouldBe(["not testable"]);
        then.Checks[0].Numbers.Why!.ShouldStartWith("no results yet: base plain, seed 1: not run");
    }

    private async Task Completed(int plain = 2)
    {
        var spec = await Study.Register(RecordedStudy.Yaml);
        foreach (var plan in spec.Runs)
            await Study.Run(spec, plan, plan.Point["base"] == "plain" ? plain : 99);
    }

    private static string Said(JudgedExperiment judged)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 160;
        CheckConsole.Show(console, judged, "Recorded.");
        return string.Join('\n', output.ToString().Split('\n').Select(line => line.TrimEnd()));
    }
}
