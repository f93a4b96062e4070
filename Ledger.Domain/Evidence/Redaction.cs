using System.Text;

namespace Ledger.Domain.Evidence;

/// <summary>
/// Keeps secrets out of what is recorded for good. What machines say (failures, patches, variables, command lines) is recorded with
/// <see cref="Redacted(string)"/>; what people write (an experiment file, a reason) is refused by <see cref="MustHoldNone"/>, since its digest is that of
/// the words as written. It knows secrets by their looks (<see cref="SecretForms"/>): a password that stands alone in a sentence it does not know.
/// </summary>
public static class Redaction
{
    /// <summary>What stands in a secret's place.</summary>
    public const string Mark = "[redacted]";

    /// <summary>The text with each secret replaced, and nothing else of it. Doing it twice changes nothing.</summary>
    public static string Redacted(string text)
    {
        var found = In(text);
        if (found.Count == 0)
            return text;
        var clean = new StringBuilder(text.Length);
        int kept = 0;
        foreach (var secret in found)
        {
            clean.Append(text, kept, secret.Index - kept).Append(Mark);
            kept = secret.Index + secret.Length;
        }

        return clean.Append(text, kept, text.Length - kept).ToString();
    }

    /// <summary>The same for a file in UTF-8, or with any other bytes in it, which stay as they are.</summary>
    public static byte[] Redacted(byte[] file) =>
        Encoding.Latin1.GetString(file) is var text && In(text).Count == 0 ? file : Encoding.Latin1.GetBytes(Redacted(text));

    /// <summary>Everything in the text that looks like a secret, in order; what overlaps is one.</summary>
    public static IReadOnlyList<Secret> In(string text)
    {
        var found = new List<Secret>();
        foreach (var next in SecretForms.All.SelectMany(form => form.In(text)).OrderBy(secret => secret.Index))
        {
            if (found.Count > 0 && found[^1] is var last && next.Index < last.Index + last.Length)
                found[^1] = last with { Length = Math.Max(last.Length, next.Index + next.Length - last.Index) };
            else
                found.Add(next);
        }

        return found;
    }

    /// <summary>For what a person wrote and could write otherwise.</summary>
    /// <param name="what">Which text it is, for the message, which never repeats the secret.</param>
    /// <exception cref="BadInput">It holds something that looks like a secret.</exception>
    public static void MustHoldNone(string text, string what)
    {
        if (In(text) is [{ } first, ..])
            throw new BadInput(new Problem($"{first.Looks} at character {first.Index + 1}", "words without secrets: they stay in the ledger for good", what));
    }
}

/// <summary>Where in a text a secret stands; only the secret itself, not what it is called.</summary>
/// <param name="Looks">What it looks like, in words that do not give it away.</param>
public sealed record Secret(int Index, int Length, string Looks);
