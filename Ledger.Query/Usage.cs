using System.CommandLine;

namespace Ledger.Query;

/// <summary>Runs a command line; what cannot be understood is bad usage, exit code 2.</summary>
public static class Usage
{
    // An interrupted run is paused in the ledger before the process goes, and that takes longer than the default two seconds.
    private static readonly InvocationConfiguration Settings = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };

    public static Task<int> Run(RootCommand root, IReadOnlyList<string> args, TextWriter error)
    {
        var parsed = root.Parse(args);
        // Help and version stand even beside what cannot be parsed; System.CommandLine gives 1 for usage errors.
        if (parsed.Errors.Count == 0 || parsed.Action is System.CommandLine.Help.HelpAction)
            return parsed.InvokeAsync(Settings);
        foreach (var problem in parsed.Errors)
            error.WriteLine(problem.Message);
        var command = parsed.CommandResult.Command;
        error.WriteLine($"Usage: {(command == root ? root.Name : $"{root.Name} {command.Name}")} --help");
        return Task.FromResult(2);
    }
}
