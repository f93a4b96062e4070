using Ledger.Domain.Runs;

namespace Ledger.Domain.Experiments;

/// <summary>From the tree of a file to planned runs: pure, and either complete or a list of everything that is wrong.</summary>
public static class ReadExperiment
{
    private static readonly string[] Sections = ["data", "models", "adversaries", "recipes"];

    /// <param name="yaml">The file as written, carried along.</param>
    /// <param name="problems">What was found so far; the reader adds to it.</param>
    /// <exception cref="BadInput">With all problems.</exception>
    public static ResolvedExperiment Of(
        SpecNode root, string yaml, string? scale, IReadOnlyList<long> extraSeeds, Supported supported, SpecProblems problems)
    {
        var map = new ReadMap(root, problems, "an experiment: ledger: 1, experiment, seeds, steps, ...");
        map.Required("ledger", "1, the version of this format", n => ReadScalar.Word(n, ["1"], problems), null);
        string slug = map.Required("experiment", "a name", n => Slug(n, problems), "");
        string about = map.Optional("about", n => ReadScalar.Text(n, problems), "");
        var seeds = map.Required("seeds", "for example [1, 2, 3]", n => ReadSeeds(n, extraSeeds, problems), []);
        int threads = map.Optional("threads", n => ReadScalar.Count(n, 1, 256, problems), 1);
        var (chosen, values) = Scales.Read(map.Optional("scales"), scale, root.Place, problems);
        var references = new References(values, problems);
        var definitions = new Definitions(Sections.ToDictionary(name => name, name => map.Optional(name)), references, supported, problems);
        var matrix = map.Optional("matrix");
        var axes = Matrix.Axes(matrix, references, problems);
        var points = Matrix.Points(matrix, axes, references, problems);
        references.Know(axes);
        var drafts = StepDrafts.Read(map.Required("steps", "what is done"), axes, references, problems);
        var names = new CheckNames(axes, [.. drafts.Select(draft => draft.Id)], [.. definitions.Names("adversaries")], references);
        var (checks, show) = (ReadChecks.Of(map.Optional("checks"), names, problems), map.Optional("show"));
        map.Done("an experiment");

        var plans = points.Select(point => (Point: point, Plan: new PlanRuns(drafts, new Lookup(definitions, point)))).ToList();
        var planned = plans.ConvertAll(p => (p.Point, Steps: p.Plan.Steps()));
        if (points.Count > 0)
        {
            CheckUnused(definitions, points[0], problems);
            CheckAxes(axes, drafts, references, problems);
        }

        CheckRuns(planned, map, problems);
        var table = new ReadShow(
            axes, [.. plans.SelectMany(p => p.Plan.Metrics).Distinct()], [.. plans.SelectMany(p => p.Plan.Attacks).Distinct()], problems).Of(show);
        if (!problems.Any)
            ReadChecks.MustBeTestable(checks, planned.Select(p => (p.Point.Labels, p.Steps)), problems);
        problems.ThrowIfAny();

        var spec = CanonicalSpec.Of(slug, threads, seeds, axes, planned, ReadChecks.Json(checks), table);
        return new ResolvedExperiment(
            slug, about, chosen, seeds, [.. axes.Select(axis => axis.Name)], spec, CanonicalSpec.Digest(spec), yaml,
            Runs(seeds, threads, planned), table);
    }

    private static List<RunPlan> Runs(IReadOnlyList<long> seeds, int threads, List<(MatrixPoint Point, IReadOnlyList<PlannedStep> Steps)> planned) =>
    [
        .. seeds.SelectMany(_ => planned, (seed, point) => (seed, point))
            .Select((run, index) => new RunPlan(index + 1, run.point.Point.Labels, run.seed, threads, run.point.Steps)),
    ];

    private static string Slug(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar { Text.Length: <= 64 } scalar && ReadScalar.IsName(scalar.Text))
            return scalar.Text;
        problems.Add(node, $"a name: {ReadScalar.NameForm}");
        return "";
    }

    private static List<long> ReadSeeds(SpecNode node, IReadOnlyList<long> extra, SpecProblems problems)
    {
        var seeds = new List<long>();
        if (node is not SpecList { Items.Count: >= 1 and <= 1000 } list)
        {
            problems.Add(node, "a list of 1 to 1000 whole numbers, for example [1, 2, 3]", node is SpecScalar s ? $"did you mean [{s.Shown}]?" : null);
            return seeds;
        }

        foreach (var item in list.Items)
        {
            seeds.Add(ReadScalar.Integer(item, 0, Seeds.Most, problems));
            if (item is SpecScalar { Text: var text } && list.Items.First(other => (other as SpecScalar)?.Text == text) != item)
                problems.Add(item, "each seed once");
        }

        foreach (long seed in extra.Where(seed => seed is < 0 or > Seeds.Most))
            problems.Add(node.Place, $"--seeds {seed}", $"whole numbers from 0 to {Seeds.Most}");
        return [.. seeds.Concat(extra).Distinct()];
    }

    /// <summary>Definitions nothing uses are allowed, but a slip in one is still a slip. Those that hang on an axis are read only where used.</summary>
    private static void CheckUnused(Definitions definitions, MatrixPoint point, SpecProblems problems)
    {
        var lookup = new Lookup(definitions, point);
        foreach (var (section, name) in definitions.Unused())
        {
            var place = definitions.Find(section, name)!.Place;
            var node = lookup.Find(section, name, place);
            if (Incomplete(node))
                continue;
            foreach (var (_, value) in Sweep.Expand(node, problems))
                Read(section, name, value, lookup);
        }
    }

    private static void Read(string section, string name, SpecNode node, Lookup lookup)
    {
        if (section == "data")
            ReadData.Definition(node, lookup);
        else if (section == "models")
            ReadModel.Definition(node, new Normalization([0], [1]), lookup);
        else if (section == "recipes")
            ReadRecipe.Definition(node, lookup);
        else
            ReadAdversary.Check(name, node, lookup);
    }

    private static bool Incomplete(SpecNode node) => node switch
    {
        SpecMissing => true,
        SpecList list => list.Items.Any(Incomplete),
        SpecMap map => map.Entries.Any(entry => Incomplete(entry.Value)),
        _ => false,
    };

    /// <summary>An axis nothing refers to would run everything again under another label.</summary>
    private static void CheckAxes(IReadOnlyList<Axis> axes, IReadOnlyList<StepDraft> drafts, References references, SpecProblems problems)
    {
        foreach (var axis in axes.Where(axis => axis.Options.Count > 1 && !drafts.Any(draft => draft.IsBroken) && !references.Used.Contains(axis.Name)))
            problems.Add(axis.Place, "an axis nothing refers to", $"${axis.Name} in a definition or step, or {axis.Name} in a when");
    }

    private static void CheckRuns(List<(MatrixPoint Point, IReadOnlyList<PlannedStep> Steps)> planned, ReadMap map, SpecProblems problems)
    {
        foreach (var (point, steps) in problems.Any ? [] : planned)
        {
            string at = string.Join(", ", point.Labels.Select(label => $"{label.Key} {label.Value}"));
            if (steps.Count == 0)
                problems.Add(map.Place, at.Length == 0 ? "no steps" : $"no step left at {at}", "at least one step in every run");
            if (steps.GroupBy(step => step.Path).FirstOrDefault(group => group.Count() > 1) is { } twice)
                problems.Add(map.Place, $"two steps {twice.Key}", "labels that keep the paths of swept steps apart");
        }
    }
}
