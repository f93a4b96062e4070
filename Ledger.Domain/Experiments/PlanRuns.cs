using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Experiments;

/// <summary>
/// The steps of one matrix point, in an order in which each comes after the step it takes its network from. A step whose
/// <c>when</c> is false is transparent: who names it gets what it would have taken. Nothing of the point itself enters a
/// step, so that points that ask for the same step share it.
/// </summary>
internal sealed class PlanRuns(IReadOnlyList<StepDraft> drafts, Lookup lookup)
{
    /// <summary>Steps of one run; a plan has to fit into one event.</summary>
    public const int Most = 1000;

    private const int LongestChain = 100;

    private readonly Dictionary<string, StepDraft> _drafts = drafts.ToDictionary(draft => draft.Id);
    private readonly Dictionary<string, IReadOnlyList<PlannedStep>> _planned = [];
    private readonly List<PlannedStep> _order = [];

    /// <summary>Adversaries attacked with, in order.</summary>
    public List<string> Attacks { get; } = [];

    public List<string> Metrics { get; } = [];

    public IReadOnlyList<PlannedStep> Steps()
    {
        foreach (var draft in drafts.Where(draft => draft.Verb.Length > 0 && draft.When.Holds(lookup.Point)))
            Plan(draft, []);
        return _order;
    }

    private IReadOnlyList<PlannedStep> Plan(StepDraft draft, IReadOnlyList<string> chain)
    {
        if (_planned.TryGetValue(draft.Id, out var done))
            return done;
        _planned[draft.Id] = [];
        IReadOnlyList<PlannedStep?> inputs = draft.InputKey is null ? [null] : [.. Inputs(draft, draft.InputKey, chain)];
        var planned = new List<PlannedStep>();
        if (lookup.Resolve(draft.Body) is not SpecMap body)
            return planned;
        var variants = StepVariants.Of(body, lookup);
        if (_order.Count + (inputs.Count * variants.Count) > Most)
        {
            lookup.Problems.Add(draft.Body, $"at most {Most} steps in a run");
            return planned;
        }

        foreach (var variant in variants)
        {
            // Read once, with or without an input, so that a slip is reported once; what is measured of attacks may differ in examples and threat.
            var read = inputs.Select(Attacked).DefaultIfEmpty().DistinctBy(MeasuredOf)
                .ToDictionary(MeasuredOf, attacked => ReadStep.Of(draft, variant, attacked, lookup));
            foreach (var spec in read.Values)
                Remember(spec);
            if (!lookup.Problems.Any)
                planned.AddRange(inputs.Select(input => Step(draft, variant, read[MeasuredOf(Attacked(input))], input, Parent(draft, input, chain))));
        }

        _planned[draft.Id] = planned;
        _order.AddRange(planned);
        return planned;
    }

    private static PlannedStep Step(StepDraft draft, StepVariant variant, StepSpec spec, PlannedStep? input, PlannedStep? parent)
    {
        string swept = input is null ? "" : input.Path.Contains('/') ? input.Path[(input.Path.IndexOf('/') + 1)..] : "";
        string path = Sweep.Join(draft.Id, Sweep.Join(swept, variant.Label));
        return new PlannedStep(
            path,
            draft.Verb == "finetune" ? "train" : draft.Verb,
            Canonical.Element(spec),
            Inputs(input, parent),
            [.. input?.SeedPath ?? [], path]);
    }

    /// <summary>Role → path. What is measured of an attack is measured of the network it attacked.</summary>
    private static Dictionary<string, string> Inputs(PlannedStep? input, PlannedStep? parent)
    {
        var roles = new Dictionary<string, string>();
        if (input is { Kind: "attack" })
            (roles["attack"], roles["model"]) = (input.Path, input.Inputs["model"]);
        else if (input is not null)
            roles["model"] = input.Path;
        if (parent is not null)
            roles["parent"] = parent.Path;
        return roles;
    }

    private static AttackStepSpec? Attacked(PlannedStep? input) =>
        input is { Kind: "attack" } ? (AttackStepSpec)input.Config.Deserialize<StepSpec>(LedgerJson.Options)! : null;

    /// <summary>What of an attack a measurement of it depends on.</summary>
    private static (ExamplesSpec?, Threat?) MeasuredOf(AttackStepSpec? attacked) => (attacked?.Data, attacked?.Adversary.Threat);

    /// <summary>The step named by <c>parent</c>: of a swept one, the variant the input came from.</summary>
    private PlannedStep? Parent(StepDraft draft, PlannedStep? input, IReadOnlyList<string> chain)
    {
        if (draft.Body["parent"] is null || input is null)
            return null;
        var candidates = Inputs(draft, "parent", chain);
        var parents = candidates.Count > 1 ? [.. candidates.Where(candidate => input.SeedPath.Contains(candidate.Path))] : candidates;
        if (parents.Count == 1)
            return parents[0];
        if (candidates.Count > 0)
            lookup.Problems.Add(draft.Body["parent"]!, "a step that the network came from, or one that is not swept");
        return null;
    }

    /// <summary>The steps the network can come from; one unless the step named is swept. Empty after a problem.</summary>
    private IReadOnlyList<PlannedStep> Inputs(StepDraft draft, string inputKey, IReadOnlyList<string> chain)
    {
        if (draft.Body[inputKey] is not { } key)
            return [];
        if (lookup.Resolve(key) is not SpecScalar name)
        {
            lookup.Problems.Add(lookup.Resolve(key), "the name of a step");
            return [];
        }

        IReadOnlyList<string> longer = [.. chain, draft.Id];
        Func<StepDraft, bool> fits = inputKey == "of" ? step => step.Verb == "attack" : step => step.GivesModel;
        string wanted = inputKey == "of" ? "a step that attacks" : "a step that gives a model";
        if (!_drafts.TryGetValue(name.Text, out var named))
            lookup.Problems.AddUnknown(name.Place, name.Text, [.. drafts.Where(fits).Select(d => d.Id)], wanted);
        else if (named.IsBroken)
            return [];
        else if (!fits(named))
            lookup.Problems.Add(name, $"{wanted}; {named.Id} does {named.Verb}");
        else if (longer.Contains(named.Id))
            lookup.Problems.Add(name.Place, string.Join(" → ", [.. longer.SkipWhile(id => id != named.Id).Take(8), named.Id]), "steps that do not go in a circle");
        else if (longer.Count > LongestChain)
            lookup.Problems.Add(name.Place, $"a chain of more than {LongestChain} steps", "a shorter one");
        else if (named.When.Holds(lookup.Point))
            return Plan(named, longer);
        else if (named.InputKey is null || inputKey == "of")
            lookup.Problems.Add(name, $"a step that runs, but {named.Id} is left out by its when and has no model to stand for it");
        else
            return Inputs(named, named.InputKey, longer);
        return [];
    }

    private void Remember(StepSpec spec)
    {
        if (spec is AttackStepSpec { Adversary: { } adversary } && !Attacks.Contains(adversary.Name))
            Attacks.Add(adversary.Name);
        if (spec is MeasureSpec measure)
            Metrics.AddRange(measure.Metrics.Except(Metrics).ToList());
    }
}
