using Ledger.Domain.Experiments;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ledger.Runner.Experiments;

/// <summary>A text as the events of its YAML, all of them read before anything is made of them.</summary>
internal static class YamlEvents
{
    private const int Deepest = 32;

    // A study of a hundred steps has a few thousand.
    private const int Most = 100_000;

    /// <returns>Null after a problem: what follows a slip in the syntax means nothing.</returns>
    public static IReadOnlyList<ParsingEvent>? Read(string text, SpecProblems problems)
    {
        var parser = new Parser(new StringReader(text));
        var events = new List<ParsingEvent>();
        try
        {
            // The parser's time grows with the square of the depth: a deep file has to be given up, not read and refused.
            int depth = 0;
            for (; depth <= Deepest && events.Count < Most && parser.MoveNext(); depth += parser.Current!.NestingIncrease)
                events.Add(parser.Current!);
            if (events[^1] is not StreamEnd)
            {
                problems.Add(
                    Place("", events[^1].Start), depth > Deepest ? "values nested too deep" : "more values than any experiment has",
                    depth > Deepest ? $"at most {Deepest} levels" : $"at most {Most} of them, with the beginnings and ends of lists and maps");
                return null;
            }

            if (Lopsided(events) is not { } at)
                return events;
            problems.Add(Place("", at.Start), "text that is not YAML", "a key and a value");
        }
        catch (YamlException error)
        {
            problems.Add(Place("", error.Start), "text that is not YAML", Reason(error), Quoting(text, error.Start));
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
        {
            // YamlDotNet 18 lets these out of its scanner for some malformed texts.
            problems.Add(Place("", events[^1].End), "text that is not YAML", "YAML that can be read on from here");
        }

        return null;
    }

    public static Place Place(string path, Mark mark) => new(path, (int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    /// <summary>YamlDotNet 18 gives some malformed maps as a key without a value.</summary>
    /// <returns>The end of the first such map.</returns>
    private static ParsingEvent? Lopsided(List<ParsingEvent> events)
    {
        var open = new Stack<int>([0]);
        foreach (var one in events)
        {
            if (one is MappingEnd && open.Peek() % 2 == 1)
                return one;
            if (one.NestingIncrease < 0)
                open.Pop();
            if (one is NodeEvent or AnchorAlias)
                open.Push(open.Pop() + 1);
            if (one.NestingIncrease > 0)
                open.Push(0);
        }

        return null;
    }

    private static string Reason(YamlException error) => $"YAML: {SpecScalar.Short(error.Message, 160)}";

    /// <summary>The one slip this format invites: a list inside an unquoted condition inside braces.</summary>
    private static string? Quoting(string text, Mark at)
    {
        string line = text.Split('\n').ElementAtOrDefault((int)at.Line - 1) ?? "";
        return line.Contains("when:", StringComparison.Ordinal) && line.Contains(" in [", StringComparison.Ordinal)
            ? "inside braces write the condition in quotes: when: \"axis in [a, b]\""
            : null;
    }
}
