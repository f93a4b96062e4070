using System.CommandLine;
using System.Text;
using Ledger.Query.Runs;
using Ledger.Runner.Seals;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger attest</c>: finding the run is the reading side's, signing is here.</summary>
internal static class AttestVerb
{
    public static Command Attest(Composition services)
    {
        var of = new Argument<string>("run") { Description = "The beginning of the id of a run that ended" };
        var to = new Option<string?>("--out") { Description = "The file to write; standard output if left out" };
        var verb = new Command("attest", "Sign what a run made, from what and by what: an in-toto statement with SLSA provenance, in a DSSE envelope") { of, to };
        verb.SetAction(async (parsed, stop) =>
        {
            string run = "";
            int failed = await services.Edge.Send(new FindRuns(parsed.GetValue(of), null, RunsWanted.Ended), found => run = ReplayVerbs.TheOne(parsed.GetValue(of)!, found), stop);
            return failed != 0 ? failed : await services.Send(new AttestRun(run), envelope => Write(services, envelope.ToJson(), parsed.GetValue(to)), stop);
        });
        return verb;
    }

    private static void Write(Composition services, string envelope, string? path)
    {
        if (path is null)
            services.Edge.Output.Write(envelope);
        else
            File.WriteAllText(path, envelope, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }
}
