namespace Ledger.Domain.Experiments;

/// <summary>One of the steps a step of the file stands for.</summary>
/// <param name="Label">Empty where the step stands for itself.</param>
/// <param name="Body">References resolved, definitions in place of their names.</param>
/// <param name="Adversary">Name of the adversary put in place, if any.</param>
internal sealed record StepVariant(string Label, SpecMap Body, string? Adversary);

/// <summary>
/// A list of attacks, and <c>each</c> in a step or in a definition it names, make one step an element; the labels end
/// the steps' paths.
/// </summary>
internal static class StepVariants
{
    private static readonly (string Key, string Section)[] Named =
        [("train", "models"), ("recipe", "recipes"), ("adversary", "adversaries"), ("attack", "adversaries")];

    public static IReadOnlyList<StepVariant> Of(SpecMap body, Lookup lookup)
    {
        IEnumerable<StepVariant> variants = Sweep.Expand(ListAsEach(body), lookup.Problems)
            .Where(v => v.Value is SpecMap)
            .Select(v => new StepVariant(v.Label, ReadCompression.WithRecipe((SpecMap)v.Value), null));
        foreach (var (key, section) in Named)
            variants = variants.SelectMany(variant => InPlace(variant, key, section, lookup));
        return [.. variants];
    }

    private static SpecMap ListAsEach(SpecMap body) =>
        body["attack"] is SpecList list ? body.With("attack", new SpecMap(list.Place, [new SpecEntry("each", list.Place, list)])) : body;

    private static IEnumerable<StepVariant> InPlace(StepVariant variant, string key, string section, Lookup lookup)
    {
        // {use: name, ...} has the name of an adversary one level deeper.
        var used = key == "adversary" && variant.Body[key] is SpecMap map && map["use"] is not null ? map : null;
        if ((used?["use"] ?? variant.Body[key]) is not SpecScalar name || (key == "adversary" && name.Text == "none"))
            return [variant];
        var definition = lookup.Find(section, name.Text, name.Place);
        return Sweep.Expand(definition, lookup.Problems).Select(v => new StepVariant(
            Sweep.Join(variant.Label, v.Label),
            variant.Body.With(key, used is null ? v.Value : used.With("use", v.Value)),
            section == "adversaries" ? name.Text : variant.Adversary));
    }
}
