using System.CommandLine;
using System.CommandLine.Parsing;
using Ledger.Runner.Runs;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger run</c> and <c>ledger plan</c>.</summary>
internal static class RunVerbs
{
    private static readonly Argument<string> File = new("file") { Description = "Experiment file (YAML)" };
    private static readonly Option<string?> Scale = new("--scale") { Description = "Which column of the file's scales" };
    private static readonly Option<long[]> Seeds = new("--seeds")
    {
        Description = "Seeds beside those in the file, for example 3,4",
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',')).Select(text => Seed(result, text))],
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<int?> Parallel = CarryOutOptions.Parallel();
    private static readonly Option<bool> NoReuse = new("--no-reuse") { Description = "Compute every step, also those another run has" };

    public static Command Run(Composition services)
    {
        var again = new Option<bool>("--again") { Description = "Carry out runs that are there once more, as new runs" };
        var amend = new Option<string?>("--amend") { Description = "Why the file changed since it was registered" };
        var limit = CarryOutOptions.StepLimit();
        var verb = new Command("run", "Register an experiment and carry out what the ledger does not have of it") { File, Scale, Seeds, again, NoReuse, amend, Parallel, limit };
        verb.SetAction((parsed, stop) => services.Send(
            new RunExperiment(
                parsed.GetValue(File)!, parsed.GetValue(Scale), parsed.GetValue(Seeds)!, parsed.GetValue(again), !parsed.GetValue(NoReuse),
                parsed.GetValue(amend), parsed.GetValue(Parallel), TimeSpan.FromMinutes(parsed.GetValue(limit))),
            report => RunReportView.Show(services, report, parsed.GetValue(File)!, stop),
            stop));
        return verb;
    }

    public static Command Plan(Composition services)
    {
        var json = new Option<bool>("--json") { Description = "As JSON on standard output" };
        var verb = new Command("plan", "Show what would run, what would be reused, and about how long it takes") { File, Scale, Seeds, Parallel, NoReuse, json };
        verb.SetAction((parsed, stop) => services.Send(
            new PlanExperiment(
                parsed.GetValue(File)!, parsed.GetValue(Scale), parsed.GetValue(Seeds)!, !parsed.GetValue(NoReuse), parsed.GetValue(Parallel)),
            plan => PlanView.Show(services.Edge, plan, parsed.GetValue(json)),
            stop));
        return verb;
    }

    private static long Seed(ArgumentResult result, string text)
    {
        if (long.TryParse(text, out var seed) && seed >= 0)
            return seed;
        result.AddError($"--seeds: '{text}' is not a seed; expected whole numbers from 0, for example 3,4");
        return 0;
    }
}
