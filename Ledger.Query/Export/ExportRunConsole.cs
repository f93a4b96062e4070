using Spectre.Console;

namespace Ledger.Query.Export;

internal static class ExportRunConsole
{
    public static void Show(IAnsiConsole console, Exported export)
    {
        console.WriteLine($"Run {export.Run}, the network of step {export.Step}, as of position {export.Position} → {export.Folder}");
        if (export.Retracted)
            console.WriteLine("This result was retracted; the export says so.");
        PlainTables.Write(console, ["file", ">bytes"], export.Files.Select(file => new[] { file.Path, $"{file.Bytes:N0}" }));
        console.WriteLine($"In Python: sys.path.insert(0, \"{export.Folder}\"); from model import load; network = load()");
    }
}
