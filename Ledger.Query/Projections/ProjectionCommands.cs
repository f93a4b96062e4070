using System.CommandLine;

namespace Ledger.Query.Projections;

/// <summary><c>projections</c>: the upkeep of results tables, for who maintains them.</summary>
internal static class ProjectionCommands
{
    private const int BrokenEvidence = 4;

    public static Command Verb(Edge edge) => new("projections", "The results tables: how far they are, made anew, or held against their definitions.") { List(edge), Rebuild(edge), Verify(edge) };

    private static Command List(Edge edge)
    {
        var json = Json();
        var verb = new Command("list", "Each table and view, its definition's digest and how far it is.") { json };
        verb.SetAction((parsed, stop) => edge.Send(new ListProjections(), parsed.GetValue(json), list =>
        {
            PlainTables.Write(
                edge.Console, ["table", "kind", "key", "definition", ">position", "", ">rows", ">size"],
                list.Projections.Select(table => (IReadOnlyList<string>)
                [
                    table.Name, table.Kind.ToString().ToLowerInvariant(), string.Join(", ", table.Key), table.Definition[..12], table.Position is { } at ? $"{at}" : "–",
                    table.IsCurrent ? "current" : table.Position is null ? "not made yet" : "behind", table.Rows is { } rows ? $"about {rows}" : "", table.Bytes is { } bytes ? Numbers.Count(bytes, "B") : "",
                ]));
            edge.Output.WriteLine($"position {list.Position}");
        }, stop));
        return verb;
    }

    private static Command Rebuild(Edge edge)
    {
        var json = Json();
        var verb = new Command("rebuild", "Compute every table anew from the first event. Readers keep the old ones until all are done.") { json };
        verb.SetAction((parsed, stop) => edge.Send(
            new RebuildProjections { Progress = edge.Error.WriteLine }, parsed.GetValue(json),
            done => edge.Output.WriteLine($"{done.Tables} tables of {done.Position} events in {Numbers.Significant(done.Seconds)} s: {Numbers.Count(done.Position / done.Seconds)} events/s"), stop));
        return verb;
    }

    private static Command Verify(Edge edge)
    {
        var json = Json();
        var verb = new Command("verify", "Hold every table, cell by cell, against its definition evaluated from the events. Exit code 4 when one differs.") { json };
        verb.SetAction((parsed, stop) => edge.Send(
            new VerifyProjections(),
            found =>
            {
                if (parsed.GetValue(json))
                    edge.WriteJson(found);
                else
                    Show(edge, found);
                return found.Findings.Count == 0 ? 0 : BrokenEvidence;
            },
            stop));
        return verb;
    }

    private static void Show(Edge edge, VerifiedProjections found)
    {
        if (found.Findings.Count > 0)
        {
            PlainTables.Write(
                edge.Console, ["table", "row", "column", "expected", "found"],
                found.Findings.Select(cell => (IReadOnlyList<string>)[cell.Table, cell.Key, cell.Column ?? "the whole row", cell.Expected ?? "nothing", cell.Found ?? "nothing"]));
        }

        edge.Output.WriteLine(found.Findings.Count == 0
            ? $"{found.Tables} tables are what their definitions give."
            : $"{found.Findings.Count} differences. 'ledger projections rebuild' computes the tables anew; who changed them is in no event.");
    }

    private static Option<bool> Json() => new("--json") { Description = "JSON." };
}
