namespace Ledger.Domain.Experiments;

/// <summary>
/// AutoAttack (Croce and Hein, ICML 2020) for L∞ and L2, part by part with the authors' settings. Only these ensembles bear the name.
/// </summary>
public static class AutoAttack
{
    public const string Standard = "autoattack-standard", Plus = "autoattack-plus";

    public static readonly IReadOnlyList<string> Versions = [Standard, Plus];

    private const int PlusRestarts = 5;

    /// <summary>Null for any other word.</summary>
    public static Ensemble? Of(string version) => version switch
    {
        Standard => new Ensemble([new ApgdCe(), new ApgdT(), new TargetedFab(new FabSettings()), new Square()], Standard),
        Plus => new Ensemble(
            [
                new ApgdCe(100, PlusRestarts), new ApgdDlr(100, PlusRestarts), new Fab(new FabSettings(Restarts: PlusRestarts)), new Square(),
                new ApgdT(), new TargetedFab(new FabSettings()),
            ],
            Plus),
        _ => null,
    };
}
