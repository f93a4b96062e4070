using System.Buffers.Binary;
using System.Text.Json;
using Ledger.Domain.Evidence;

namespace Ledger.Domain.Checks;

/// <summary>
/// Judges claims on rows: pure, and the same on every machine, since everything drawn hangs on the digest of the check.
/// </summary>
public static class Judge
{
    /// <param name="definition">Digest of the check.</param>
    public static (string Verdict, CheckNumbers Numbers) Of(Check check, ContentHash definition, CheckData data)
    {
        var all = Flat(check).Select((claim, index) => One(claim, data, Seed(definition, index))).ToList();
        var parts = Parts.Of([.. all.Select(one => (one.Check, one.Comparisons))]);
        var leftOut = all.SelectMany(one => one.LeftOut).Distinct(StringComparer.Ordinal).ToList();
        var why = all.Select(one => one.Why).OfType<string>().ToList();
        return (
            Verdicts.All([.. parts.Select(part => part.Verdict), .. all.Where(one => one.Comparisons.Count == 0).Select(_ => Verdicts.NotTestable)]),
            new CheckNumbers(
                ClaimWords.Of(check), LedgerWord(check.Unit), check.Level, all.Sum(one => Math.Max(one.Check.Comparisons ?? 0, one.Comparisons.Count)), LedgerWord(check.Correction),
                Shown([.. parts]), parts.Count > CheckNumbers.Most ? parts.Count - CheckNumbers.Most : null,
                leftOut.Count == 0 ? null : Shown(leftOut), why.Count == 0 ? null : string.Join("; ", why)));
    }

    /// <summary>Digests of the per-example outcomes that judging will look at.</summary>
    public static IReadOnlyCollection<string> Wanted(Check check, CheckData data)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var claim in Flat(check).Where(claim => claim.Unit is CheckUnit.Example || PerExample.Differs(claim.Claim)))
        {
            var scope = new Scope(claim, data, beforehand: false, 0);
            Fault(scope);
            wanted.UnionWith(scope.Touched.Select(row => row.OutcomesDigest).OfType<string>());
        }

        return wanted;
    }

    /// <summary>Why a claim could never be judged on the rows a specification promises; null where it could.</summary>
    public static string? Fault(Check check, IReadOnlyList<CheckRow> planned) => Flat(check)
        .Select(claim => Fault(new Scope(claim, new CheckData([], planned, Nothing, NoOutcomes), beforehand: true, 0))).FirstOrDefault(fault => fault is not null);

    private static readonly Dictionary<(string, long), string> Nothing = [];

    private static readonly Dictionary<string, ExampleResults> NoOutcomes = [];

    private static string? Fault(Scope scope)
    {
        try
        {
            Lay(scope);
            return null;
        }
        catch (Untestable untestable)
        {
            return untestable.Message;
        }
    }

    private static (Check Check, IReadOnlyList<Comparison> Comparisons, IReadOnlyList<string> LeftOut, string? Why) One(Check check, CheckData data, ulong seed)
    {
        var scope = new Scope(check, data, beforehand: false, seed);
        try
        {
            var comparisons = Compared(scope);
            return (check, comparisons, scope.LeftOut, null);
        }
        catch (Untestable untestable)
        {
            return (check, [], scope.LeftOut, untestable.Message);
        }
    }

    private static void Lay(Scope scope)
    {
        switch (scope.Check.Claim)
        {
            case ValueClaim value: JudgeValue.Lay(scope, value); break;
            case PairClaim pair: JudgePairs.Lay(scope, pair); break;
            case TrendClaim trend: JudgeTrend.Lay(scope, trend); break;
            case PlateauClaim plateau: JudgePlateau.Lay(scope, plateau); break;
            case OrderClaim order: JudgeOrder.Lay(scope, order); break;
            case SameOrderClaim same: JudgeSameOrder.Lay(scope, same); break;
            case CorrelateClaim correlate: JudgeCorrelation.Lay(scope, correlate); break;
            case EveryRowClaim rows: JudgeRows.Lay(scope, rows); break;
            default: throw new ArgumentOutOfRangeException(nameof(scope), scope.Check.Claim, "No such claim.");
        }
    }

    private static IReadOnlyList<Comparison> Compared(Scope scope) => scope.Check.Claim switch
    {
        ValueClaim value => JudgeValue.Of(scope, value),
        PairClaim pair => JudgePairs.Of(scope, pair),
        TrendClaim trend => JudgeTrend.Of(scope, trend),
        PlateauClaim plateau => JudgePlateau.Of(scope, plateau),
        OrderClaim order => JudgeOrder.Of(scope, order),
        SameOrderClaim same => JudgeSameOrder.Of(scope, same),
        CorrelateClaim correlate => JudgeCorrelation.Of(scope, correlate),
        EveryRowClaim rows => JudgeRows.Of(scope, rows),
        var other => throw new ArgumentOutOfRangeException(nameof(scope), other, "No such claim."),
    };

    private static IEnumerable<Check> Flat(Check check) => [check, .. (check.And ?? []).SelectMany(Flat)];

    private static ulong Seed(ContentHash definition, int index) => unchecked(BinaryPrimitives.ReadUInt64BigEndian(definition.ToBytes()) + ((ulong)index << 32));

    private static List<CheckPart> Shown(List<CheckPart> parts) => parts.Count <= CheckNumbers.Most
        ? parts
        : [.. parts.OrderBy(part => Array.IndexOf([Verdicts.NotHeld, Verdicts.NotTestable, Verdicts.Inconclusive, Verdicts.Held], part.Verdict)).Take(CheckNumbers.Most)];

    private static List<string> Shown(List<string> leftOut) =>
        leftOut.Count <= 8 ? leftOut : [.. leftOut.Take(7), $"and {leftOut.Count - 7} more"];

    /// <summary>As in the file.</summary>
    internal static string LedgerWord<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
