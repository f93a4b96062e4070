namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>This program once more, as a process of its own with other variables.</summary>
internal static class OtherLedger
{
    private const int Failed = 1;

    /// <summary>A replay that does not hold is a result; anything else that goes wrong is not.</summary>
    /// <exception cref="InvalidOperationException">It could not do what it was asked.</exception>
    public static async Task Run(
        IReadOnlyList<string> arguments, string folder, string artifacts, IReadOnlyDictionary<string, string> variables, CancellationToken stop)
    {
        using var command = new LedgerCommand(
            arguments, folder, new Dictionary<string, string>(variables, StringComparer.Ordinal) { [LedgerHome.ArtifactsVariable] = artifacts });
        var end = await command.Ended(stop);
        if (end.ExitCode > Failed)
            throw new InvalidOperationException($"ledger {string.Join(' ', arguments.Take(2))} ended with {end.ExitCode}: {end.Said}");
    }
}
