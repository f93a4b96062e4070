using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Results;

/// <summary>The worst case of several attacks, example by example, within one threat and one set of examples.</summary>
public sealed class WorstCaseTests(PostgresFixture postgres)
{
    private const string Run = "01JE0000000000000000000000";

    private static readonly Actor Someone = new("e", "test", "ada", "desk", "ledger/test");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_example_stands_only_if_it_stands_under_every_attack() =>
        (await Worst(Attack("a", "1101 0101 10"), Attack("b", "0111 0101 11"), Attack("c", "1111 0011 11")))
            .ShouldBe(["a + b + c|worst-case|3|10|0.4"]);

    [Fact]
    public async Task Another_threat_or_other_examples_are_never_taken_in() =>
        (await Worst(
            Attack("a", "1111 0000 11"), Attack("b", "0000 1111 11", eps: "2/10"), Attack("c", "0000 1111 11", norm: "l2"),
            Attack("d", "0000 1111 11", space: "normalized"), Attack("e", "0000 1111 11", clip: "false"), Attack("f", "0000 1111 11", examples: "other")))
            .ShouldBeEmpty();

    [Fact]
    public async Task An_attack_whose_standing_examples_were_not_kept_leaves_no_worst_case() =>
        (await Worst(Attack("a", "1111"), Attack("b", "0111"), Attack("c", null))).ShouldBeEmpty();

    [Fact]
    public async Task Each_threat_has_its_own() =>
        (await Worst(Attack("a", "1111"), Attack("b", "0111"), Attack("c", "1100", eps: "2/10"), Attack("d", "0110", eps: "2/10")))
            .ShouldBe(["a + b|worst-case|2|4|0.75", "c + d|worst-case|2|4|0.25"]);

    [Fact]
    public void The_bits_are_those_of_examples_right_and_not_broken()
    {
        Outcome[] outcomes = [Of(true, false), Of(true, true), Of(false, false), Of(true, false), .. Enumerable.Repeat(Of(false, false), 4), Of(true, false)];
        Convert.FromBase64String(StandingExamples.Of(outcomes)!).ShouldBe(new byte[] { 0b1001_0000, 0b1000_0000 });
        StandingExamples.Of([.. Enumerable.Repeat(outcomes[0], StandingExamples.Most + 1)]).ShouldBeNull();
    }

    private static Outcome Of(bool correct, bool broken) => new(0, 0, 0, 0, correct, broken, null, null, 0, null, null, null, 1, null);

    private async Task<IReadOnlyList<string>> Worst(params (PlannedStep Step, AttackCompleted Done)[] attacks)
    {
        await using var store = LedgerStore.Open(await postgres.CreateDatabase("worst"), TimeProvider.System);
        await Migrate.Apply(store, Someone, Stop);
        var fields = new StepKeyFields("k", Json("{}"), new Dictionary<string, string>(), new Dictionary<string, string>(), "c", "c");
        object[] events =
        [
            new Planned("e", "d", 1, new Dictionary<string, string>(), 1, 1, [new PlannedStep("net", "train", Json("{}"), new Dictionary<string, string>(), []), .. attacks.Select(a => a.Step)]),
            new StepStarted("net", "k", fields),
            new TrainingCompleted("net", new ModelRef(new ArtifactRef("a", 1), new ArtifactRef("w", 1)), 1, 1, 0, 1, 1),
            .. attacks.SelectMany(a => new object[] { new StepStarted(a.Step.Path, "k", fields), a.Done }),
        ];
        await store.Append($"run/{Run}", 0, "make", events, Someone, Stop);
        await using var reading = await Reading.Open(store.Source, null, Stop);
        return await reading.Rows(
            """
            select concat_ws('|', attack_step, attack, attacks_in_worst_case, examples, robust_accuracy) from results.robustness
            where worst_case order by attack_ordinal
            """, row => row.GetString(0), Stop);
    }

    private static (PlannedStep Step, AttackCompleted Done) Attack(
        string path, string? standing, string norm = "linf", string eps = "1/10", string space = "pixel", string clip = "true", string examples = "same")
    {
        string config = $$"""
            {"kind":"attack","adversary":{"name":"{{path}}","threat":{"norm":"{{norm}}","eps":"{{eps}}","space":"{{space}}","clip":{{clip}} },"attack":{"attack":"pgd"} },"data":{} }
            """;
        string bits = standing?.Replace(" ", "", StringComparison.Ordinal) ?? "1111";
        Outcome[] outcomes = [.. bits.Select(bit => Of(correct: true, broken: bit == '0'))];
        var done = new AttackCompleted(
            path, new ArtifactRef("o", 1), examples, bits.Length, bits.Length, bits.Count(bit => bit == '0'), "3dcccccd", 0.1, "exact", 1, 0.1, 1,
            Standing: standing is null ? null : StandingExamples.Of(outcomes));
        return (new PlannedStep(path, "attack", Json(config), new Dictionary<string, string> { ["model"] = "net" }, []), done);
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
