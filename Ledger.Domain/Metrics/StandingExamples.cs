namespace Ledger.Domain.Metrics;

/// <summary>
/// Which examples an attack left standing: right without perturbation and under every one tried. One bit an example, so that what an
/// event says is enough to take the worst case of several attacks example by example, by a bitwise AND.
/// </summary>
public static class StandingExamples
{
    /// <summary>More would not leave room in an event for anything else.</summary>
    public const int Most = 32_768;

    /// <summary>Base64 of the bits in the order of the examples, the first one the highest of its byte, the last byte filled up with zeros.</summary>
    /// <returns>Null above <see cref="Most"/> examples.</returns>
    public static string? Of(IReadOnlyList<Outcome> outcomes)
    {
        if (outcomes.Count > Most)
            return null;
        byte[] bits = new byte[(outcomes.Count + 7) / 8];
        foreach (var (at, outcome) in outcomes.Index().Where(example => Standing(example.Item)))
            bits[at / 8] |= (byte)(0x80 >> (at % 8));
        return Convert.ToBase64String(bits);
    }

    private static bool Standing(Outcome outcome) => outcome is { Correct: true, Broken: false };
}
