using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Models;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Query.Checks;
using Ledger.Runner;
using Ledger.Runner.Runs;
using Ledger.Tests.Experiments;
using Ledger.Tests.Support;
using Npgsql;

namespace Ledger.Tests.Checks;

/// <summary>An experiment in a real ledger with real outcome files, whose runs were never computed: two bases, one attack, three seeds.</summary>
internal sealed class RecordedStudy(string connection, string folder) : IAsyncDisposable
{
    public const string Yaml = """
        ledger: 1
        experiment: recorded
        seeds: [1, 2, 3]
        data:
          f: {source: fashion-mnist-sample, normalize: {mean: [0.5], std: [0.5]}}
        models:
          cnn: {kind: small-cnn}
        adversaries:
          pgd: {norm: linf, eps: 0.1, attack: pgd, steps: 3}
          fgsm: {norm: linf, eps: 0.1, attack: fgsm}
        recipes:
          fit: {optimizer: {adam: {lr: 1e-3}}, batch: 128, epochs: 10}
        matrix:
          base:
            plain: {adversary: none}
            robust: {adversary: pgd}
        steps:
          base: {train: cnn, recipe: fit, adversary: $base.adversary}
          weak: {attack: [pgd, fgsm], model: base, data: {f.test: {first: 200}}}
          size: {measure: [accuracy, sparsity], model: base, data: f.test}
        checks:
          P1: {value: robust_accuracy, where: {base: plain}, adversary: pgd, expect: "< 0.05"}
          P2: {compare: robust_accuracy, a: {base: robust}, b: {base: plain}, expect: a > b, unit: example, adversary: worst-case}
          P3: {noninferior: clean_accuracy, a: {base: robust}, b: {base: plain}, margin: 0.01}

        """;

    private readonly LedgerStore _store = LedgerStore.Open(connection, TimeProvider.System);
    private readonly ArtifactStore _artifacts = new(folder);

    private static CancellationToken Stop => Xunit.TestContext.Current.CancellationToken;

    public LedgerStore Store => _store;

    public string Experiment { get; private set; } = "";

    public string Slug { get; private set; } = "";

    /// <summary>A file of another name is another experiment.</summary>
    public async Task<ResolvedExperiment> Register(string yaml, string? reason = null)
    {
        var spec = Specs.Resolve(yaml);
        var before = Slug != spec.Slug ? null : await RegisterExperiment.Load(_store, Experiment, Stop);
        Slug = spec.Slug;
        Experiment = before?.Experiment ?? Ulid.NewUlid().ToString();
        var events = ExperimentDecisions.Register(before, new Registered(spec.Slug, spec.About, spec.Spec, spec.SpecDigest, spec.Yaml, spec.Scale), reason);
        await _store.Append($"experiment/{Experiment}", before?.Version ?? 0, $"register {Ulid.NewUlid()}", [.. events], LedgerDatabase.Someone, Stop);
        return spec;
    }

    /// <param name="standing">Of 200 attacked examples, for a run; null: its training fails.</param>
    public async Task<string> Run(ResolvedExperiment spec, RunPlan plan, int? standing, string? replayOf = null)
    {
        string run = Ulid.NewUlid().ToString();
        List<object> events = [new Planned(Experiment, spec.SpecDigest, plan.Number, plan.Point, plan.Seed, 1, plan.Steps, replayOf), new StepStarted("base", Digest(Key("base")), Fields("train"))];
        if (standing is null)
            events.AddRange([new StepFailed("base", "diverged", "The loss was not finite."), new Failed(["base"], 4)]);
        else
            events.AddRange(await Completed(plan, standing.Value));
        await _store.Append($"run/{run}", 0, $"run {run}", events, LedgerDatabase.Someone, Stop);
        return run;
    }

    /// <summary>A run that takes over one step of a run of any experiment here, and no more.</summary>
    public async Task TakeOver(RunPlan plan, string step, string? experiment = null)
    {
        var reused = new StepReused(step, Ulid.NewUlid().ToString(), step, Digest(Key(step)), Fields(plan.Steps.Single(planned => planned.Path == step).Kind));
        await _store.Append(
            $"run/{Ulid.NewUlid()}", 0, $"reuse {Ulid.NewUlid()}", [new Planned(experiment ?? Experiment, Digest('5'), 1, plan.Point, 1, 1, plan.Steps), reused], LedgerDatabase.Someone, Stop);
    }

    public async Task<JudgedExperiment> Judge(string? asOf = null, string? experiment = null)
    {
        await _store.Advance(Stop);
        var handler = new JudgeExperiment.Handler(_store.Source, new LedgerPlace(connection, folder));
        return await handler.Handle(new JudgeExperiment(experiment ?? Slug, asOf), Stop);
    }

    public Task<RecordedVerdicts> Record(JudgedExperiment judged) =>
        new RecordVerdicts.Handler(new LedgerHome(connection, folder, TimeProvider.System, _ => { })).Handle(Runner.Terminal.CheckVerbs.Recording(judged), Stop);

    public async Task<long> Count(string type)
    {
        await using var command = _store.Source.CreateCommand("select count(*) from ledger.mt_events where type = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = type });
        return (long)(await command.ExecuteScalarAsync(Stop))!;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private async Task<object[]> Completed(RunPlan plan, int standing)
    {
        int clean = plan.Point["base"] == "plain" ? 180 : 178;
        var outcomes = await Outcomes(clean, standing);
        var weaker = await Outcomes(clean, standing + 20);
        var whole = await Outcomes(clean, null);
        return
        [
            new TrainingCompleted("base", new ModelRef(new ArtifactRef(Digest('4'), 900), new ArtifactRef(Digest('5'), 900)), 10, 5000, 0.4, 50_000, 5),
            new StepStarted("weak/pgd", Digest(Key("weak/pgd")), Fields("attack")),
            new AttackCompleted("weak/pgd", outcomes, Digest('0'), 200, clean, clean - standing, "3dcccccd", 0.1, "exact", 1000, 0.1, 0.25, Standing: Bits(standing)),
            new StepStarted("weak/fgsm", Digest(Key("weak/fgsm")), Fields("attack")),
            new AttackCompleted("weak/fgsm", weaker, Digest('0'), 200, clean, clean - standing - 20, "3dcccccd", 0.1, "exact", 200, 0.1, 0.05, Standing: Bits(standing + 20)),
            new StepStarted("size", Digest(Key("size")), Fields("measure")),
            new MeasurementCompleted(
                "size", [new MetricValue("clean_accuracy", clean / 200.0, "fraction", MetricClass.Computed), new MetricValue("sparsity", 0, "fraction", MetricClass.Computed)],
                whole, Digest('9'), 0.5),
            new Completed(10),
        ];
    }

    private async Task<ArtifactRef> Outcomes(int clean, int? standing)
    {
        var rows = Enumerable.Range(0, 200).Select(i => new Outcome(
            i, 1, i < clean ? 1 : 2, standing is null || i >= clean ? null : i < standing ? 1 : 2, i < clean, standing is not null && i >= standing && i < clean, null, null, 1, null, null, null, 1, null));
        var stored = _artifacts.Put(await Domain.Metrics.Outcomes.WriteAsync([.. rows]));
        return new ArtifactRef(stored.Hash.ToString(), stored.Size);
    }

    private static string Bits(int standing) => StandingExamples.Of([.. Enumerable.Range(0, 200).Select(i => new Outcome(
        i, 1, 1, null, true, i >= standing, null, null, 1, null, null, null, 1, null))])!;

    private static char Key(string step) => step switch { "base" => 'a', "weak/pgd" => 'b', "weak/fgsm" => 'd', _ => 'c' };

    private static StepKeyFields Fields(string kind) => new(
        kind, System.Text.Json.JsonElement.Parse($$"""{"kind":"{{kind}}"}"""), new Dictionary<string, string>(), new Dictionary<string, string>(), "c0de", Digest('c'));

    private static string Digest(char digit) => new(digit, 64);
}
