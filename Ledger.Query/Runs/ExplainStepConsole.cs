using System.Text;
using Ledger.Domain.Evidence;
using Spectre.Console;

namespace Ledger.Query.Runs;

internal static class ExplainStepConsole
{
    public static void Show(IAnsiConsole console, StepExplanation explanation)
    {
        var step = explanation.Step;
        PlainTables.Heading(console, $"{step.Kind} step {step.Step} of run {step.Run}: {step.State}");
        if (step.KeyFields is not { } fields)
        {
            console.WriteLine("It has no key yet: it has not been started.");
            return;
        }

        PlainTables.Facts(console, [("key", step.Key), .. Fields(fields)]);
        if (step.SourceRun is not null)
            console.WriteLine($"\nReused from run {step.SourceRun}, step {step.SourceStep}: every field is equal.");
        else
            Nearest(console, explanation);
    }

    private static void Nearest(IAnsiConsole console, StepExplanation explanation)
    {
        if (explanation.Nearest is not { } other)
        {
            console.WriteLine($"\nThere is no other {explanation.Step.Kind} step to compare it with.");
            return;
        }

        console.WriteLine($"\nNearest: step {other.Step} of run {other.Run} ({other.State}), {(explanation.Differences.Count == 0 ? "the same key" : explanation.Differences.Count == 1 ? "1 field differs" : $"{explanation.Differences.Count} fields differ")}");
        if (explanation.NotTaken is { } against)
            console.WriteLine($"Nothing is taken over from run {against.Run}, which computed the same: {(against.Said == "retracted" ? "it was retracted" : "artifacts of it were released")} on {Numbers.Time(against.RecordedAt)} UTC: {against.Reason}");
        if (explanation.Differences.Count > 0)
            PlainTables.Write(console, ["field", "here", "there"], explanation.Differences.Select(d => new[] { d.Path, Short(d.Mine), Short(d.Theirs) }));
    }

    private static IEnumerable<(string, string?)> Fields(StepKeyFields fields) =>
    [
        ("kind", fields.Kind),
        ("config", Encoding.UTF8.GetString(CanonicalJson.Bytes(fields.Config))),
        .. fields.Inputs.OrderBy(input => input.Key, StringComparer.Ordinal).Select(input => ($"input {input.Key}", (string?)input.Value)),
        .. fields.Seeds.OrderBy(seed => seed.Key, StringComparer.Ordinal).Select(seed => ($"seed {seed.Key}", (string?)seed.Value)),
        ("code", fields.CodeFingerprint),
        ("environment", fields.EnvironmentClass),
    ];

    private static string Short(string? json) => json switch { null => "–", { Length: > 34 } => json[..33] + "…", _ => json };
}
