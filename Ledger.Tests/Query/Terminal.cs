using System.CommandLine;
using Ledger.Query;
using Spectre.Console;

namespace Ledger.Tests.Query;

/// <summary>A terminal of 100 columns without colours, and what a command line wrote on it.</summary>
internal sealed record Said(int ExitCode, string Output, string Error)
{
    public static async Task<Said> By(LedgerPlace place, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 100;
        var root = new RootCommand();
        QueryCommands.AddTo(root, new Edge(_ => Task.FromResult(OpenedLedger.At(place)), console, output, error));
        int exitCode = await Usage.Run(root, args, error);
        return new Said(exitCode, Trimmed(output.ToString()), Trimmed(error.ToString()));
    }

    // Spectre pads the last column.
    private static string Trimmed(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).Trim('\n');
}
