namespace Ledger.Query.Export;

/// <summary>The page that goes with an export, for somebody who has never heard of this tool.</summary>
internal static class ReadMe
{
    public static string Text(RunFacts run, StepFacts model, IReadOnlyList<StepFacts> attacks) => $"""
        # Run {run.Run}

        A network and its evaluation, written by `ledger export` from position {run.Position} of a ledger.
        The network is the one that step `{model.Path}` made.{(model.Retracted ? Retracted : "")}

        ## Loading the network

        PyTorch (1.13 or later) is all it takes:

        ```python
        import sys
        sys.path.insert(0, "path/to/this/folder")
        from model import load

        network = load()            # a torch.nn.Module in eval mode
        logits = network(pixels)    # pixels: float32 [n, channels, height, width] in [0, 1]
        ```

        Normalisation is a layer of the network, so that attacks work in pixels. Gradients pass through it all;
        where activations are quantized they pass unchanged (straight-through).

        ## Files

        | file | what it is |
        |---|---|
        | `model.safetensors` | weights, as recorded |
        | `architecture.json` | the network's graph, as recorded |
        | `model.py` | the same graph as plain PyTorch, with a reader for the weights |
        | `results.json` | one row per attack of this run: settings, counts, rates with 95 % intervals, sizes |
        | `spec.yaml` | the experiment file as registered |
        | `manifest.json` | SHA-256 and size of every file; for what is recorded, run, step and position of its event |
        {string.Concat(attacks.Select(Outcomes))}
        An outcomes file has one row per example in the order of the test set; the columns are described in its own metadata
        and by the names of `ledger results`. `example` counts from 0 within the split, so rows of two runs with the same
        `examples_digest` (in `results.json`) can be compared pairwise.

        ## Checking it

        `sha256sum` of a file that `manifest.json` gives a `source` is the digest that stands in the ledger at that position:
        `ledger show {run.Run}` lists them, and `ledger verify` checks the ledger itself.
        {(run.Results.Count == 0 ? "\nThe run has no attack, so `results.json` is empty.\n" : "")}
        """.TrimEnd() + "\n";

    private const string Retracted = "\n\n**This result was retracted.** Ask the ledger why before you use it.";

    private static string Outcomes(StepFacts attack) =>
        $"| `outcomes/{attack.Path}.parquet` | what the attack `{attack.Path}` on `{attack.Model}` came to, as recorded: one row per example |\n";
}
