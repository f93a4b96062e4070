using System.Diagnostics;
using System.Globalization;
using Ledger.Domain.Store;
using Npgsql;

namespace Ledger.Runner.Bench.Kills;

/// <summary>The computed columns of every results table that tells of runs, without ids, times and positions; the reading side has them.</summary>
public delegate Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ComputedTables(NpgsqlDataSource source, CancellationToken stop);

/// <summary>
/// Whether a ledger survives <c>kill -9</c> of anything: one experiment is carried out in peace, and once more in another ledger while its processes
/// are killed. Afterwards nothing acknowledged is missing or doubled, every artifact is whole, and the results are the same to the bit.
/// Rows of runs that failed because their executor was killed are no results; the steps such runs had completed are compared.
/// </summary>
/// <param name="tables">What is compared.</param>
public sealed class KillBench(KillsExperiment experiment, ComputedTables tables)
{
    /// <summary>Prints a line for each kill and one at the end.</summary>
    /// <returns>Whether everything held.</returns>
    public async Task<bool> Run(int kills, int seed, TextWriter output, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var (undisturbed, took) = await Undisturbed(stop);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"undisturbed: {undisturbed.Values.Sum(rows => rows.Count)} rows in {undisturbed.Count} tables, {took.TotalSeconds:0.0} s"));
        var (faults, seen) = await Disturbed(kills, seed, took, undisturbed, output, stop);
        foreach (var fault in faults)
            await output.WriteLineAsync($"FAIL {fault}");
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"kills, {kills} with seed {seed} in {Stopwatch.GetElapsedTime(began).TotalMinutes:0.0} min: {seen} events seen before a kill, {faults.Count} faults, the tables of an undisturbed run: {(faults.Count == 0 ? "holds" : "BROKEN")}"));
        return faults.Count == 0;
    }

    private async Task<(IReadOnlyDictionary<string, IReadOnlyList<string>> Tables, TimeSpan Took)> Undisturbed(CancellationToken stop)
    {
        await using var ledger = new ScratchLedger(experiment.Yaml);
        // So that making the database is not part of the time out of which moments are drawn.
        await using (await ledger.Use(stop))
        {
        }

        var began = Stopwatch.GetTimestamp();
        using var command = ledger.Start(["run", ledger.ExperimentFile], KillsExperiment.SavedOften);
        var end = await command.Ended(stop);
        var took = Stopwatch.GetElapsedTime(began);
        if (end.ExitCode != 0)
            throw new InvalidOperationException($"The experiment fails without being disturbed:\n{end.Said}");
        return await Opened(ledger, async store => (await tables(store.Source, stop), took), stop);
    }

    private async Task<(IReadOnlyList<string> Faults, int Seen)> Disturbed(
        int kills, int seed, TimeSpan span, IReadOnlyDictionary<string, IReadOnlyList<string>> undisturbed, TextWriter output, CancellationToken stop)
    {
        await using var ledger = new ScratchLedger(experiment.Yaml);
        var witness = new Witness(ledger);
        var faults = new List<string>(await new KillLoop(ledger, witness, new Random(seed), span, output).CarryOut(kills, stop));
        return await Opened(
            ledger,
            async store =>
            {
                faults.AddRange(await witness.Missed(ledger.Connection!, stop));
                faults.AddRange(await LedgerProof.Faults(store, ledger.Artifacts, stop));
                faults.AddRange(Apart(undisturbed, await tables(store.Source, stop)));
                return (faults, witness.Seen);
            },
            stop);
    }

    private static IEnumerable<string> Apart(IReadOnlyDictionary<string, IReadOnlyList<string>> expected, IReadOnlyDictionary<string, IReadOnlyList<string>> found) =>
        expected.SelectMany(table => found[table.Key].Except(table.Value).Select(row => $"table {table.Key} has a row that an undisturbed run does not have: {row}")
            .Concat(table.Value.Except(found[table.Key]).Select(row => $"table {table.Key} lacks a row of an undisturbed run: {row}")));

    private static async Task<T> Opened<T>(ScratchLedger ledger, Func<LedgerStore, Task<T>> look, CancellationToken stop)
    {
        await using var postgres = await ledger.Use(stop);
        await using var store = LedgerStore.Open(postgres.ConnectionString, TimeProvider.System);
        return await look(store);
    }
}
