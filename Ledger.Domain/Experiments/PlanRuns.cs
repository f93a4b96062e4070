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
        IReadOnlyList<PlannedStep?> inputs = draft.InputKey is null ? [null] : [.. Inputs(draft, chain)];
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
            var spec = ReadStep.Of(draft, variant, lookup);
            Remember(spec);
            if (!lookup.Problems.Any)
                planned.AddRange(inputs.Select(input => Step(draft, variant, spec, input)));
        }

        _planned[draft.Id] = planned;
        _order.AddRange(planned);
        return planned;
    }

    private static PlannedStep Step(StepDraft draft, StepVariant variant, StepSpec spec, PlannedStep? input)
    {
        string swept = input is null ? "" : input.Path.Contains('/') ? input.Path[(input.Path.IndexOf('/') + 1)..] : "";
        string path = Sweep.Join(draft.Id, Sweep.Join(swept, variant.Label));
        return new PlannedStep(
            path,
            draft.Verb == "finetune" ? "train" : draft.Verb,
            Canonical.Element(spec),
            input is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["model"] = input.Path },
            [.. input?.SeedPath ?? [], path]);
    }

    /// <summary>The steps the network can come from; one unless the step named is swept. Empty after a problem.</summary>
    private IReadOnlyList<PlannedStep> Inputs(StepDraft draft, IReadOnlyList<string> chain)
    {
        if (draft.Body[draft.InputKey!] is not { } key)
            return [];
        if (lookup.Resolve(key) is not SpecScalar name)
        {
            lookup.Problems.Add(lookup.Resolve(key), "the name of a step");
            return [];
        }

        IReadOnlyList<string> longer = [.. chain, draft.Id];
        if (!_drafts.TryGetValue(name.Text, out var named))
            lookup.Problems.AddUnknown(name.Place, name.Text, [.. drafts.Where(d => d.GivesModel).Select(d => d.Id)], "a step that gives a model");
        else if (named.IsBroken)
            return [];
        else if (!named.GivesModel)
            lookup.Problems.Add(name, $"a step that gives a model; {named.Id} does {named.Verb}");
        else if (longer.Contains(named.Id))
            lookup.Problems.Add(name.Place, string.Join(" → ", [.. longer.SkipWhile(id => id != named.Id).Take(8), named.Id]), "steps that do not go in a circle");
        else if (longer.Count > LongestChain)
            lookup.Problems.Add(name.Place, $"a chain of more than {LongestChain} steps", "a shorter one");
        else if (named.When.Holds(lookup.Point))
            return Plan(named, longer);
        else if (named.InputKey is null)
            lookup.Problems.Add(name, $"a step that runs, but {named.Id} is left out by its when and has no model to stand for it");
        else
            return Inputs(named, longer);
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
