using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Ledger.Runner.Experiments;
using Shouldly;

namespace Ledger.Tests.Experiments;

/// <summary>Files for the tests: a small correct one and changes to it.</summary>
internal static class Specs
{
    public const string Small = """
        ledger: 1
        experiment: small
        seeds: [1, 2]
        data:
          f: {source: fashion-mnist-sample, normalize: {mean: [0.5], std: [0.5]}}
        models:
          cnn: {kind: small-cnn}
        adversaries:
          pgd: {norm: linf, eps: 8/255, attack: pgd, steps: 3}
          fgsm: {norm: linf, eps: 0.1, attack: fgsm}
        recipes:
          fit: {optimizer: {adam: {lr: 1e-3}}, batch: 128, epochs: 10}
        matrix:
          compress:
            none: {}
            filters: {method: filter-l1, ratio: {each: [0.5, 0.7]}}
            int: {method: ptq, bits: {each: [8]}, calibrate: {min-max: f.train, first: 64}}
        steps:
          base: {train: cnn, recipe: fit}
          small: {compress: $compress, model: base, when: compress is not none}
          tuned: {finetune: small, recipe: fit, adversary: pgd, when: compress is filters}
          weak: {attack: [fgsm, pgd], model: tuned, data: f.test}
          size: {measure: [accuracy, bytes], model: tuned, data: f.test}
        """;

    /// <summary>The root of the project, found upward from the tests.</summary>
    public static string Root { get; } = Up(new DirectoryInfo(AppContext.BaseDirectory));

    public static string Quickstart => Path.Combine(Root, "experiments", "quickstart.yaml");

    public static string With(params (string Old, string New)[] changes)
    {
        string text = Small;
        foreach (var (old, changed) in changes)
        {
            text.Contains(old, StringComparison.Ordinal).ShouldBeTrue($"the small file has no '{old}'");
            text = text.Replace(old, changed);
        }

        return text;
    }

    public static ResolvedExperiment Resolve(string text, string? scale = null, params long[] seeds) =>
        ReadSpec.Parse("my.yaml", text, scale, seeds);

    public static IReadOnlyList<Problem> Problems(string text, string? scale = null) =>
        Should.Throw<BadInput>(() => ReadSpec.Parse("my.yaml", text, scale)).Problems;

    /// <summary>The first seed's run at the label of the axis <c>compress</c>.</summary>
    public static RunPlan At(this ResolvedExperiment experiment, string label) =>
        experiment.Runs.First(run => run.Point["compress"] == label);

    public static PlannedStep Step(this RunPlan run, string path) => run.Steps.Single(step => step.Path == path);

    private static string Up(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "Ledger.sln")) ? folder.FullName : Up(folder.Parent!);
}
