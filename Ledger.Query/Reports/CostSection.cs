using System.Text;
using Ledger.Query.Results;

namespace Ledger.Query.Reports;

/// <summary>What it cost: steps by name, what each network's training took, the parts of ensembles, what regularisers came to.</summary>
internal static class CostSection
{
    public static void Write(StringBuilder text, ExperimentReport study)
    {
        if (study.Steps.Count == 0)
            return;
        text.Append($"### Cost\n\nWall time is observed, gradient evaluations are counted (forward-backward passes per example). Position {study.Results.Position}.\n\n");
        MarkdownText.Table(
            text, ["step", "kind", ">computed", ">taken over", ">failed", ">time", ">gradient evaluations"],
            study.Steps.Select(step => new[]
            {
                MarkdownText.Escaped(step.Step), step.Kind, $"{step.Computed}", $"{step.Reused}", $"{step.Failed}", Time(step.Seconds), Numbers.Count(step.GradientEvaluations),
            }));
        Networks(text, study.Results);
        Parts(text, study);
        Terms(text, study);
    }

    private static void Networks(StringBuilder text, ResultsTable table)
    {
        var place = ResultsColumns.Rows(table);
        var trained = table.Rows.Where(row => row.GradientEvaluations is not null).ToList();
        if (trained.Count == 0)
            return;
        text.Append("<details><summary>All training a network rests on, shared parts included</summary>\n\n");
        MarkdownText.Table(
            text, [.. place.Select(column => MarkdownText.Escaped(column.Heading)), ">gradient evaluations", ">train s"],
            trained.Select(row => (string[])
            [
                .. place.Select(column => MarkdownText.Escaped(column.Cell(row))), Numbers.Count(row.GradientEvaluations?.Mean), ResultsColumns.Text(row.TrainSeconds, "s"),
            ]));
        text.Append("</details>\n\n");
    }

    private static void Parts(StringBuilder text, ExperimentReport study)
    {
        if (study.Parts.Count == 0)
            return;
        text.Append("**Ensembles by part**: each attack saw only what those before it had not broken; sums over networks.\n\n");
        MarkdownText.Table(
            text, ["adversary", "ε", "attack", ">networks", ">attacked", ">broken", ">gradient evaluations", ">forward only", ">time"],
            study.Parts.Select(part => new[]
            {
                MarkdownText.Escaped(part.Adversary), MarkdownText.Escaped(part.Eps ?? ""), MarkdownText.Escaped(part.Attack), $"{part.Networks}", $"{part.Attacked}", $"{part.Broken}",
                Numbers.Count(part.GradientEvaluations), Numbers.Count(part.ForwardEvaluations), Time(part.Seconds),
            }));
    }

    private static void Terms(StringBuilder text, ExperimentReport study)
    {
        if (study.Terms.Count == 0)
            return;
        text.Append("<details><summary>Terms added to the training loss, in the last epoch</summary>\n\n");
        MarkdownText.Table(
            text, ["point", "step", "term", ">seeds", ">weighted value", ">gradient norm"],
            study.Terms.Select(term => new[]
            {
                MarkdownText.Escaped(ExcludedSection.At(term.Point)), MarkdownText.Escaped(term.Step), MarkdownText.Escaped(term.Term), $"{term.Seeds}",
                Numbers.Significant(term.Value), Numbers.Significant(term.GradientNorm),
            }));
        text.Append("</details>\n\n");
    }

    private static string Time(double? seconds) => Numbers.Duration(seconds is { } s ? TimeSpan.FromSeconds(s) : null);
}
