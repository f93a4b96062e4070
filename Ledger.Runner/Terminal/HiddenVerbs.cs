using System.CommandLine;
using Ledger.Runner.Executor;
using Ledger.Runner.Postgres;

namespace Ledger.Runner.Terminal;

/// <summary>Verbs by which the program starts itself; not for people.</summary>
internal static class HiddenVerbs
{
    public static IEnumerable<Command> All() => [ExecuteSteps(), WatchPostgres()];

    private static Command ExecuteSteps()
    {
        var read = new Argument<string>("read");
        var write = new Argument<string>("write");
        var threads = new Argument<int>("threads");
        var verb = new Command(ExecutorSettings.Verb) { read, write, threads };
        verb.Hidden = true;
        verb.SetAction(parsed => ExecutorHost.Live(parsed.GetValue(read)!, parsed.GetValue(write)!, parsed.GetValue(threads)));
        return verb;
    }

    private static Command WatchPostgres()
    {
        var folder = new Argument<string>("folder");
        var verb = new Command(IdleWatch.Verb) { folder };
        verb.Hidden = true;
        verb.SetAction((parsed, _) => IdleWatch.Run(parsed.GetValue(folder)!));
        return verb;
    }
}
