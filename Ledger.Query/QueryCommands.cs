using System.CommandLine;
using Ledger.Query.Bundles;
using Ledger.Query.Compare;
using Ledger.Query.Evidence;
using Ledger.Query.Export;
using Ledger.Query.Lineage;
using Ledger.Query.Projections;
using Ledger.Query.Reports;
using Ledger.Query.Results;
using Ledger.Query.Runs;
using Ledger.Query.Status;
using Ledger.Query.Web;

namespace Ledger.Query;

/// <summary>The verbs that read. Added to the one command a person types, and to the auditor's.</summary>
public static class QueryCommands
{
    /// <param name="open">Called once by each verb.</param>
    /// <param name="verified">Told of each verification; null: nobody is.</param>
    public static void AddTo(RootCommand root, OpenLedger open, RecordVerification? verified = null) => AddTo(root, Edge.OfProcess(open), verified);

    public static void AddTo(RootCommand root, Edge edge, RecordVerification? verified = null)
    {
        root.Add(VerifyCommand.Verb(edge, verified));
        root.Add(Results(edge));
        root.Add(ReportCommand(edge));
        root.Add(CompareCommand.Verb(edge));
        root.Add(RunsCommand(edge));
        root.Add(ReplaysCommand(edge));
        root.Add(Show(edge));
        root.Add(Log(edge));
        root.Add(Explain(edge));
        root.Add(EnvironmentCommand(edge));
        root.Add(StatusCommand(edge));
        root.Add(ExportCommand(edge));
        root.Add(LineageCommand.Verb(edge));
        root.Add(ProjectionCommands.Verb(edge));
        root.Add(ServeCommand.Verb(edge));
        root.Add(ProofCommands.Prove(edge));
        root.Add(ProofCommands.VerifyProof(edge));
    }

    private static Command Results(Edge edge)
    {
        var experiment = new Argument<string?>("experiment") { Description = "Name, or the beginning of name or id; the one registered last if left out.", Arity = ArgumentArity.ZeroOrOne };
        var wide = new Option<bool>("--wide") { Description = "Each seed by itself, with 95 % intervals." };
        var asOf = new Option<string?>("--as-of") { Description = "A position or a time: the results as they were then." };
        var format = new Option<string>("--format") { Description = "text, csv, json, md, latex (booktabs) or parquet.", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong(ResultsCommand.Formats);
        var to = new Option<string?>("--out") { Description = "The file for --format parquet." };
        var json = Json();
        var command = new Command("results", "The results of an experiment: mean and deviation over seeds.") { experiment, wide, asOf, format, to, json };
        command.SetAction((parsed, stop) => edge.Send(
            new ShowResults(parsed.GetValue(experiment), parsed.GetValue(asOf)),
            table => ResultsCommand.Show(edge, table, parsed.GetValue(json) ? "json" : parsed.GetValue(format)!, parsed.GetValue(wide), parsed.GetValue(to)),
            stop));
        return command;
    }

    private static Command ReportCommand(Edge edge)
    {
        var experiments = new Argument<string[]>("experiment") { Description = "Names, or the beginnings of names or ids; the one registered last if left out.", Arity = ArgumentArity.ZeroOrMore };
        var asOf = new Option<string?>("--as-of") { Description = "A position or a time: the report as it was then." };
        var format = new Option<string>("--format") { Description = "md or json.", DefaultValueFactory = _ => "md" };
        format.AcceptOnlyFromAmong("md", "json");
        var to = new Option<string?>("--out") { Description = "A Markdown file; plots (SVG) and results (CSV) go to a folder of its name beside it." };
        var json = Json();
        var command = new Command("report", "Studies on one page: tables, plots, checks, what failed and what to doubt.") { experiments, asOf, format, to, json };
        command.SetAction((parsed, stop) => edge.Send(
            new ShowReport(parsed.GetValue(experiments) ?? [], parsed.GetValue(asOf), parsed.GetValue(to)),
            report => ReportForms.Show(edge, report, parsed.GetValue(json) ? "json" : parsed.GetValue(format)!, parsed.GetValue(to)),
            stop));
        return command;
    }

    private static Command RunsCommand(Edge edge)
    {
        var experiment = new Option<string?>("--experiment") { Description = "Only this experiment's." };
        var state = new Option<string?>("--state") { Description = $"Only those {string.Join(", ", ListRuns.States)}." };
        var json = Json();
        var where = new Option<string?>("--where") { Description = "A condition, such as 'metrics.robust_accuracy > 0.5 and model = \"small-cnn\"': docs/filters.md." };
        var after = new Option<long>("--after") { Description = "Only runs planned after this position." };
        var limit = new Option<int?>("--limit") { Description = "Most runs; all if left out." };
        var command = new Command("runs", "The runs of the ledger, in the order of their plans.") { experiment, state, where, after, limit, json };
        command.SetAction((parsed, stop) => edge.Send(
            new ListRuns(parsed.GetValue(experiment), parsed.GetValue(state), parsed.GetValue(where), parsed.GetValue(after), parsed.GetValue(limit)), parsed.GetValue(json), list => ListRunsConsole.Show(edge.Console, list), stop));
        return command;
    }

    private static Command ReplaysCommand(Edge edge)
    {
        var experiment = new Argument<string?>("experiment") { Description = "Name, or the beginning of name or id; all if left out.", Arity = ArgumentArity.ZeroOrOne };
        var json = Json();
        var command = new Command("replays", "How many runs were reproduced, of how many, and when last.") { experiment, json };
        command.SetAction((parsed, stop) => edge.Send(
            new CountReplays(parsed.GetValue(experiment)), parsed.GetValue(json), counts => CountReplaysConsole.Show(edge.Console, counts), stop));
        return command;
    }

    private static Command Show(Edge edge)
    {
        var run = new Argument<string>("run") { Description = "The beginning of the run's id." };
        var json = Json();
        var command = new Command("show", "One run: steps, seeds, keys, environment, artifacts, metrics.") { run, json };
        command.SetAction((parsed, stop) => edge.Send(
            new ShowRun(parsed.GetValue(run)!), parsed.GetValue(json), details => ShowRunConsole.Show(edge.Console, details), stop));
        return command;
    }

    private static Command Log(Edge edge)
    {
        var of = new Argument<string?>("run or experiment") { Description = "The beginning of an id or name; everything if left out.", Arity = ArgumentArity.ZeroOrOne };
        var from = new Option<long>("--from") { Description = "The first position wanted." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what comes, until Ctrl-C." };
        var json = Json("One JSON object a line.");
        var command = new Command("log", "Events in the order of their positions.") { of, from, follow, json };
        command.SetAction((parsed, stop) => LogCommand.Run(
            edge, new ReadLog(parsed.GetValue(of), parsed.GetValue(from)), parsed.GetValue(follow), parsed.GetValue(json), stop));
        return command;
    }

    private static Command Explain(Edge edge)
    {
        var run = new Argument<string>("run") { Description = "The beginning of the run's id." };
        var step = new Argument<string>("step") { Description = "The step's path." };
        var json = Json();
        var command = new Command("explain", "Why a step was computed or reused: its key, field by field, against the nearest other step.") { run, step, json };
        command.SetAction((parsed, stop) => edge.Send(
            new ExplainStep(parsed.GetValue(run)!, parsed.GetValue(step)!), parsed.GetValue(json), explanation => ExplainStepConsole.Show(edge.Console, explanation), stop));
        return command;
    }

    private static Command EnvironmentCommand(Edge edge)
    {
        var mine = new Argument<string>("first run") { Description = "The beginning of a run's id." };
        var theirs = new Argument<string>("second run") { Description = "The beginning of another's." };
        var json = Json();
        var diff = new Command("diff", "In what two runs were computed differently: every recorded fact that is not the same.") { mine, theirs, json };
        diff.SetAction((parsed, stop) => edge.Send(
            new DiffEnvironments(parsed.GetValue(mine)!, parsed.GetValue(theirs)!), parsed.GetValue(json), found => DiffEnvironmentsConsole.Show(edge.Console, found), stop));
        return new Command("env", "The environments runs were computed in.") { diff };
    }

    private static Command StatusCommand(Edge edge)
    {
        var json = Json();
        var command = new Command("status", "Where the ledger stands: head, experiments, runs by state, artifacts.") { json };
        command.SetAction((parsed, stop) => edge.Send(
            new LedgerStatus(), parsed.GetValue(json), state => LedgerStatusConsole.Show(edge.Console, state), stop));
        return command;
    }

    private static Command ExportCommand(Edge edge)
    {
        var run = new Argument<string>("run or bundle") { Description = "The beginning of the run's id, and a folder; or a new file ending in .bundle, for the ledger itself." };
        var folder = new Argument<string?>("folder") { Description = "For a run's network: new or empty; it appears whole or not at all.", Arity = ArgumentArity.ZeroOrOne };
        var of = new Option<string[]>("--of") { Description = "For a bundle: only these runs or experiments, with all they rest on.", DefaultValueFactory = _ => [] };
        var step = new Option<string?>("--step") { Description = "Path of the step whose network is wanted; the last one attacked if left out." };
        var force = new Option<bool>("--force") { Description = "Take the place of an earlier export; other files are never removed." };
        var json = Json();
        var command = new Command("export", "A run's network with a plain PyTorch loader, its outcomes and where they come from; or the ledger as a bundle that another can import.")
        {
            run, folder, step, force, of, json,
        };
        command.SetAction((parsed, stop) => parsed.GetValue(folder) is { } to
            ? edge.Send(
                new ExportRun(parsed.GetValue(run)!, to, parsed.GetValue(step), parsed.GetValue(force)),
                parsed.GetValue(json), export => ExportRunConsole.Show(edge.Console, export), stop)
            : edge.Send(
                new ExportBundle(parsed.GetValue(run)!, parsed.GetValue(of) ?? []), parsed.GetValue(json), export => BundleConsole.Show(edge.Console, export), stop));
        return command;
    }

    private static Option<bool> Json(string about = "JSON, with names as in the tables.") => new("--json") { Description = about };
}
