namespace Ledger.Domain.Replays;

/// <summary>How a replay, or a step of one, came out against the original; as written in events. From the best to the worst.</summary>
public enum ReplayVerdict
{
    /// <summary>Every computed value and every byte made is the same.</summary>
    Identical,

    /// <summary>Another class of environment or other code, and every figure within the tolerances.</summary>
    Close,

    /// <summary>Computed values differ: beyond the tolerances, or at all where environment class and code are the same.</summary>
    Diverged,

    /// <summary>One of the two has nothing to compare: it was killed, timed out, or read other data.</summary>
    NotComparable,
}

/// <summary>The verdicts' names in events, tables and on the console.</summary>
public static class ReplayVerdicts
{
    public static string Name(this ReplayVerdict verdict) => verdict switch
    {
        ReplayVerdict.Identical => "identical",
        ReplayVerdict.Close => "close",
        ReplayVerdict.Diverged => "diverged",
        _ => "not-comparable",
    };

    public static ReplayVerdict Parse(string name) => Enum.GetValues<ReplayVerdict>().Single(verdict => verdict.Name() == name);
}
