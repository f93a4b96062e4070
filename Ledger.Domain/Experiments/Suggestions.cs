namespace Ledger.Domain.Experiments;

/// <summary>What a person who typed something unknown probably meant.</summary>
public static class Suggestions
{
    /// <summary><c>did you mean x?</c>, or null when no known word is near.</summary>
    public static string? DidYouMean(string word, IEnumerable<string> known) =>
        Closest(word, known) is { } near ? $"did you mean {near}?" : null;

    /// <summary>The known word with the fewest edits, at most a third of the typed word's length (and one at least, but not all of it); the first of equals.</summary>
    public static string? Closest(string word, IEnumerable<string> known)
    {
        if (word.Length is < 2 or > 64)
            return null;
        int limit = Math.Max(1, word.Length / 3);
        return known
            .Where(k => Math.Abs(k.Length - word.Length) <= limit)
            .Select(k => (Word: k, Edits: Edits(word.ToLowerInvariant(), k.ToLowerInvariant())))
            .Where(k => k.Edits <= limit)
            .OrderBy(k => k.Edits)
            .Select(k => k.Word)
            .FirstOrDefault();
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    public static int Edits(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replaced, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
