using Ledger.Query.Results;

namespace Ledger.Query.Compare;

/// <summary>In which order what differs is shown.</summary>
public enum FactKind
{
    /// <summary>Where it stands: experiment, place in the plan, state.</summary>
    Identity,

    /// <summary>What was asked: the matrix point, seeds, every setting of every step.</summary>
    Configuration,

    /// <summary>Digests of examples read.</summary>
    Data,

    /// <summary>Fingerprints of the code that carried steps out.</summary>
    Code,

    /// <summary>Where it was computed.</summary>
    Environment,

    /// <summary>Bytes made by steps of one key, which should be the same.</summary>
    Outputs,

    /// <summary>What came out.</summary>
    Metrics,
}

/// <summary>One thing that can be said of each side of a comparison.</summary>
/// <param name="Path">The same on every side; members joined by dots.</param>
/// <param name="Text">The value as text: two values are equal when their texts are.</param>
/// <param name="Number">The value, or its mean over seeds, where it is a number.</param>
/// <param name="Deviation">Sample standard deviation over seeds; null below two.</param>
/// <param name="Seeds">How many stand behind it; null where it is one value.</param>
/// <param name="Detail">One of many, such as a value of one layer: left out unless everything is wanted.</param>
public sealed record Fact(
    FactKind Kind, string Path, string Text, double? Number = null, string Unit = "", ColumnClass Class = ColumnClass.Computed,
    double? Deviation = null, int? Seeds = null, bool Detail = false);

/// <summary>One side of a comparison.</summary>
/// <param name="Name">As short as it can be and still tell the sides apart.</param>
/// <param name="Id">Of the run or experiment.</param>
/// <param name="Position">Of the ledger, up to which events count.</param>
/// <param name="Runs">Runs it stands for: one, or those that count of an experiment.</param>
public sealed record Side(string Name, string Id, long Position, IReadOnlyList<string> Runs);
