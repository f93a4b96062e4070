using System.CommandLine;

namespace Ledger.Query.Compare;

/// <summary><c>compare</c>.</summary>
internal static class CompareCommand
{
    public static Command Verb(Edge edge)
    {
        var of = new Argument<string[]>("of") { Description = "Runs (the beginning of an id), or experiments; a replay alone is held against its original.", Arity = ArgumentArity.OneOrMore };
        var asOf = new Option<string[]>("--as-of") { Description = "A position or a time; given once for one experiment: then and now, twice: then and then.", DefaultValueFactory = _ => [] };
        var all = new Option<bool>("--all") { Description = "Also what is the same on every side, and values of single layers." };
        var resamples = new Option<int>("--bootstrap") { Description = "Beside each interval of a paired difference the one by resampling examples so often; 10000 are usual." };
        var json = new Option<bool>("--json") { Description = "JSON." };
        var verb = new Command("compare", "What differs between runs, results tables, or one table then and now; attacks on the same examples are compared example by example.")
        {
            of, asOf, all, resamples, json,
        };
        verb.SetAction((parsed, stop) => edge.Send(
            new CompareLedger(parsed.GetValue(of)!, parsed.GetValue(asOf)!, parsed.GetValue(all), parsed.GetValue(resamples)),
            parsed.GetValue(json), comparison => CompareConsole.Show(edge.Console, comparison), stop));
        return verb;
    }
}
