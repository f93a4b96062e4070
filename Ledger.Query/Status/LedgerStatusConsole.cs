using Spectre.Console;

namespace Ledger.Query.Status;

internal static class LedgerStatusConsole
{
    public static void Show(IAnsiConsole console, LedgerState state)
    {
        PlainTables.Facts(
            console,
            ("ledger", $"{state.Origin}, schema version {state.SchemaVersion}"),
            ("position", $"{state.Position}, recorded {Numbers.Time(state.RecordedAt)} UTC"),
            ("without position", state.Unpositioned == 0 ? null : $"{state.Unpositioned} events: committed, not ordered yet"),
            ("sealed", state.Sealed is { } seal ? $"up to {seal.Size} by key {seal.Key}, {Numbers.Time(seal.SealedAt)} UTC" : "never: 'ledger seal'"),
            ("verified", state.Verified is { } last
                ? $"whole at position {last.Position}, {Numbers.Time(last.RecordedAt)} UTC: {(last.Findings == 0 ? "nothing found" : $"{last.Findings} finding{(last.Findings == 1 ? "" : "s")}")}"
                : "never: 'ledger verify'"),
            ("artifacts", $"{state.Artifacts}, {Numbers.Count(state.ArtifactBytes, "B")}"),
            ("runs", $"{state.RunCount} in {state.ExperimentCount} experiment{(state.ExperimentCount == 1 ? "" : "s")}"));
        if (state.Experiments.Count == 0)
            return;
        console.WriteLine();
        PlainTables.Write(
            console,
            ["experiment", "registered (UTC)", ">runs", ">completed", ">failed", ">running", ">planned", ">paused", ">cancelled"],
            state.Experiments.Select(e => new[]
            {
                e.Slug + (e.State == "withdrawn" ? " (withdrawn)" : ""), Numbers.Time(e.RegisteredAt), $"{e.Runs}", $"{e.Completed}", $"{e.Failed}", $"{e.Running}", $"{e.Planned}", $"{e.Paused}", $"{e.Cancelled}",
            }));
    }
}
