using Ledger.Domain.Checks;

namespace Ledger.Tests.Checks;

/// <summary>Numbers for results that are made up, by the row they are for.</summary>
internal static class MadeUp
{
    /// <summary>−spread, 0 and spread for the three seeds.</summary>
    public static double Noise(CheckRow row, double spread) => (row.Seed - 2) * spread;

    public static double Ratio(CheckRow row) => row.At("compress") is ['f', ..] and var label ? double.Parse(label[8..]) : 0;

    public static double Wave(CheckRow row, int period) =>
        Math.Sin((row.Seed + (10.0 * period * Math.Abs(row.PointText.Sum(letter => letter) % 97))) * period);
}
