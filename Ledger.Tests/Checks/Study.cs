using System.Text.Json;
using Ledger.Domain.Checks;
using Ledger.Domain.Evidence;
using Ledger.Tests.Experiments;

namespace Ledger.Tests.Checks;

/// <summary>A study of 18 points and three seeds whose checks are read from text and whose results are made up.</summary>
internal sealed class Study
{
    public const string Yaml = """
        ledger: 1
        experiment: claims
        seeds: [1, 2, 3]
        data:
          f: {source: fashion-mnist-sample, normalize: {mean: [0.5], std: [0.5]}}
        models:
          cnn: {kind: small-cnn}
        adversaries:
          pgd: {norm: linf, eps: 0.1, attack: pgd, steps: 3}
          wide: {norm: linf, eps: {each: [0.05, 0.2]}, attack: pgd, steps: 3}
          fgsm: {norm: linf, eps: 0.1, attack: fgsm}
        recipes:
          fit: {optimizer: {adam: {lr: 1e-3}}, batch: 128, epochs: 10}
        matrix:
          base:
            plain: {adversary: none}
            robust: {adversary: pgd}
          compress:
            none: {}
            filters: {method: filter-l1, ratio: {each: [0.3, 0.5, 0.6, 0.7, 0.8, 0.9]}}
            int: {method: ptq, bits: {each: [8, 4]}, calibrate: {min-max: f.train, first: 64}}
        steps:
          base: {train: cnn, recipe: fit, adversary: $base.adversary}
          small: {compress: $compress, model: base, when: compress is not none}
          weak: {attack: [fgsm, pgd], model: small, data: f.test}
          curve: {attack: wide, model: small, data: {f.test: {first: 100}}}
          size: {measure: [accuracy, sparsity, bytes], model: small, data: f.test}
        checks:
        """;

    private readonly JsonElement _spec;

    private Study(JsonElement spec) => _spec = spec;

    /// <summary>With one check, <c>C</c>.</summary>
    public static Study Claiming(string check) => new(Specs.Resolve($"{Yaml}\n  C: {check}").Spec);

    public Check Check => _spec.GetProperty("checks").GetProperty("C").Deserialize<Check>(LedgerJson.Options)!;

    /// <summary>Every promised row.</summary>
    public IReadOnlyList<CheckRow> Planned => PlannedRows.Of(_spec);

    /// <param name="values">What is known of a row; null: the row is not there.</param>
    public (string Verdict, CheckNumbers Numbers) Judge(Func<CheckRow, (string Column, double Value)[]?> values) =>
        Judge([.. Planned.Select(row => (row, values: values(row))).Where(made => made.values is not null)
            .Select(made => made.row with { Values = made.values!.Where(value => made.row.Has(value.Column.Split('.')[0])).ToDictionary(value => value.Column, value => value.Value) })]);

    /// <summary>By example, of 500: the first so many are right; under attack, stand.</summary>
    public (string Verdict, CheckNumbers Numbers) JudgeExamples(Func<CheckRow, int?> right, Func<CheckRow, string>? examples = null)
    {
        var rows = Planned.Where(row => right(row) is not null && row.Has(row.Attack is null ? "clean_accuracy" : "robust_accuracy")).Select(row => row with
        {
            Values = Metric(row, right(row)!.Value / 500.0),
            ExamplesDigest = examples?.Invoke(row) ?? "same",
            OutcomesDigest = $"{row.PointText} {row.Seed} {row.Attack}",
        }).ToList();
        return Judge(rows, rows.ToDictionary(row => row.OutcomesDigest!, row => Results(right(row)!.Value, row.Attack is not null)));
    }

    public (string Verdict, CheckNumbers Numbers) Judge(IReadOnlyList<CheckRow> rows, IReadOnlyDictionary<string, ExampleResults>? outcomes = null) => Domain.Checks.Judge.Of(
        Check, CanonicalJson.Digest("test", Check),
        new CheckData(rows, Planned, new Dictionary<(string, long), string> { [("base robust, compress int/4", 3)] = "failed (base diverged)" }, outcomes ?? new Dictionary<string, ExampleResults>()));

    public static ExampleResults Results(int right, bool attacked)
    {
        bool[] first = [.. Enumerable.Range(0, 500).Select(i => i < right)];
        return new ExampleResults(attacked ? [.. first.Select((_, i) => i < 480)] : first, attacked ? first : null);
    }

    private static Dictionary<string, double> Metric(CheckRow row, double value) =>
        row.Attack is null ? new() { ["clean_accuracy"] = value } : new() { ["robust_accuracy"] = value, ["clean_accuracy"] = 0.96, ["eps"] = 0.1 };
}
