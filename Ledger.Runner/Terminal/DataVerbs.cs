using System.CommandLine;
using Ledger.Query;
using Ledger.Runner.Data;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger data</c>: which data sets are here, from where, and how to get the others.</summary>
internal static class DataVerbs
{
    public static Command Data(Composition services)
    {
        var get = new Option<string?>("--get") { Description = "Download this data set, verified, into .ledger/data" };
        var digests = new Option<bool>("--digests") { Description = "Also decode what is here and show the digests that runs pin" };
        var json = new Option<bool>("--json") { Description = "As JSON on standard output" };
        var verb = new Command("data", "Show which data sets are here, from where, and how to get the others") { get, digests, json };
        verb.SetAction(async (parsed, stop) =>
        {
            var got = parsed.GetValue(get) is { } name ? await services.Send(new GetDataset(name), _ => { }, stop) : 0;
            return got != 0
                ? got
                : await services.Send(new ListDatasets(parsed.GetValue(digests)), rows => Show(services.Edge, rows, parsed.GetValue(json)), stop);
        });
        return verb;
    }

    private static void Show(Edge edge, IReadOnlyList<DatasetRow> rows, bool json)
    {
        if (json)
        {
            edge.WriteJson(rows);
            return;
        }

        foreach (var row in rows)
        {
            edge.Console.WriteLine($"{row.Name,-22} {row.About}");
            edge.Console.WriteLine($"{"",-22} {(row.Folder is { } folder ? $"here: {folder}" : $"not here: {row.HowToGet}")}");
            foreach (var split in row.Splits)
                edge.Console.WriteLine($"{"",-22} {split.Split,-5} {split.Examples,6} examples  {split.Digest}");
        }

        edge.Console.WriteLine($"{"a folder, with a slash",-22} IDX files, CIFAR batches, or train/<class> and test/<class> with PNG and JPEG images");
        edge.Console.WriteLine($"{"made from a seed",-22} {string.Join(", ", DataSources.Synthetic)}");
    }
}
