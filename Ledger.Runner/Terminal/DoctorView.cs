using Ledger.Query;
using Ledger.Runner.Machine;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

internal static class DoctorView
{
    public static void Show(Edge edge, IReadOnlyList<Finding> findings, bool json)
    {
        if (json)
        {
            edge.WriteJson(findings);
            return;
        }

        var table = new Table { Border = TableBorder.None, ShowHeaders = false }.AddColumns("", "", "");
        foreach (var finding in findings)
            table.AddRow(new Text(Mark(finding.Health)), new Text(finding.What), new Text(finding.Found + (finding.Advice is { } advice ? $"  → {advice}" : "")));
        edge.Console.Write(table);
    }

    private static string Mark(Health health) => health switch
    {
        Health.Good => "ok",
        Health.Optional => "-",
        _ => "MISSING",
    };
}
