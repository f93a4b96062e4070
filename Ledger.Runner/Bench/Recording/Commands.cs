namespace Ledger.Runner.Bench.Recording;

/// <summary>Whole commands, as they are typed, from start to end.</summary>
internal static class Commands
{
    private const int Seeds = 12;

    /// <summary>A run computed anew, and the replay of one.</summary>
    public static async Task<BenchFinding> Replaying(ScratchLedger ledger, int rounds, CancellationToken stop)
    {
        await Typed(ledger, stop, "run", ledger.ExperimentFile);
        var original = await Newest(ledger, stop);
        var (run, replay) = await ByTurns.Fastest(
            rounds, () => Typed(ledger, stop, "run", ledger.ExperimentFile, "--again"), () => Typed(ledger, stop, "replay", original));
        return new("ledger replay over ledger run --again of the same run", replay / run, 1.05, $"({replay / 1000:F2} s against {run / 1000:F2} s)");
    }

    /// <summary>
    /// A study computed, and once more under another name, so that every step of it is looked up and taken over. What the command takes to start is
    /// that of one with nothing to do, and is taken off both.
    /// </summary>
    public static async Task<BenchFinding> Reusing(ScratchLedger ledger, CancellationToken stop)
    {
        var (first, second) = (await Study(ledger, "first", stop), await Study(ledger, "second", stop));
        var computing = await Typed(ledger, stop, "run", first);
        var starting = await Typed(ledger, stop, "run", first);
        var reusing = await Typed(ledger, stop, "run", second);
        return new(
            $"a study of {Seeds} runs whose steps are all taken over, over the same study computed", (reusing - starting) / (computing - starting), 0.02,
            $"({reusing / 1000:F2} s against {computing / 1000:F2} s, of which starting {starting / 1000:F2} s)");
    }

    private static async Task<string> Study(ScratchLedger ledger, string name, CancellationToken stop)
    {
        var file = Path.Combine(ledger.Place, $"{name}.yaml");
        await File.WriteAllTextAsync(
            file,
            MeasuredRun.Yaml.Replace("experiment: measured", $"experiment: {name}", StringComparison.Ordinal)
                .Replace("epochs: 3", "epochs: 16", StringComparison.Ordinal)
                .Replace("first: 320", "first: 1000", StringComparison.Ordinal)
                .Replace("seeds: [1]", $"seeds: [{string.Join(", ", Enumerable.Range(2, Seeds))}]", StringComparison.Ordinal),
            stop);
        return file;
    }

    /// <returns>Milliseconds.</returns>
    private static Task<double> Typed(ScratchLedger ledger, CancellationToken stop, params string[] verb) => ByTurns.Time(async () =>
    {
        using var command = ledger.Start(verb);
        var end = await command.Ended(stop);
        if (end.ExitCode != 0)
            throw new InvalidOperationException($"'ledger {string.Join(' ', verb)}' ended with exit code {end.ExitCode}:\n{end.Said}");
    });

    private static async Task<string> Newest(ScratchLedger ledger, CancellationToken stop)
    {
        await using var postgres = await ledger.Use(stop);
        await using var source = Npgsql.NpgsqlDataSource.Create(postgres.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand("select run from results.runs where replay_of is null order by position_from desc limit 1");
        return (string)(await command.ExecuteScalarAsync(stop))!;
    }
}
