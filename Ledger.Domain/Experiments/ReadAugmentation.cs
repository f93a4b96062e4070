using System.Globalization;

namespace Ledger.Domain.Experiments;

/// <summary>The list under <c>augment</c>: <c>pad-crop 4</c> and <c>flip</c>, in any order since each leaves the other's chances as they are.</summary>
internal static class ReadAugmentation
{
    private const string Crop = "pad-crop", Flip = "flip";

    /// <summary>Null: nothing is changed.</summary>
    public static Augmentation? Of(SpecNode node, SpecProblems problems)
    {
        if (node is SpecScalar { Text: "none" })
            return null;
        if (node is not SpecList { Items: [_, ..] } list)
        {
            problems.Add(node, "a list such as [pad-crop 4, flip], or none", node is SpecScalar s ? $"did you mean [{s.Shown}]?" : null);
            return null;
        }

        var augmentation = new Augmentation(null, null);
        foreach (var item in list.Items)
            augmentation = With(augmentation, item, problems);
        return augmentation;
    }

    private static Augmentation With(Augmentation so, SpecNode item, SpecProblems problems)
    {
        string[] words = (item as SpecScalar)?.Text.Split(' ') ?? [];
        switch (words)
        {
            case [Flip] when so.Flip is null:
                return so with { Flip = true };
            case [Crop, var pixels] when so.PadCrop is null && int.TryParse(pixels, NumberStyles.None, CultureInfo.InvariantCulture, out int pad) && pad is >= 1 and <= 64:
                return so with { PadCrop = pad };
            case [Flip] or [Crop, ..] when words[0] == Flip || so.PadCrop is not null:
                problems.Add(item, $"{words[0]} once");
                return so;
            default:
                problems.Add(item, $"{Crop} and a whole number of pixels from 1 to 64, or {Flip}", Suggestions.DidYouMean(words.FirstOrDefault() ?? "", [Crop, Flip]));
                return so;
        }
    }
}
