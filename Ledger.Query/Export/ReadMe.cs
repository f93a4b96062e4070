namespace Ledger.Query.Export;

/// <summary>The page that goes with an export, for somebody who has never heard of this tool.</summary>
internal static class ReadMe
{
    public static string Text(RunToExport run, StepToExport model, IReadOnlyList<StepToExport> attacks) => $"""
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
        | `model.onnx` | the same network for ONNX Runtime: `input` (pixels) → `logits`; integer arithmetic where it is quantized to 8 bits |
        | `results.json` | one row per attack of this run: settings, counts, rates with 95 % intervals, sizes |
        | `spec.yaml` | the experiment file as registered |
        | `manifest.json` | SHA-256 and size of every file; for what is recorded, run, step and position of its event |
        {string.Concat(attacks.Select(Outcomes))}
        An outcomes file has one row per example, in the order in which they were evaluated: `example_index` (place in the data
        set's split, from 0), `label`, `clean_prediction`, `adversarial_prediction`, `correct` (right without perturbation),
        `broken` (and a misclassified perturbation was found), `distance_linf` and `distance_l2` (in pixels of [0, 1]),
        `clean_margin` (logit of the label minus the largest other), `adversarial_loss`, `broken_at_step`, `broken_by`, `queries`,
        `restart`. Columns about the attack are null where none was tried. Two files with the same `examples_digest` (in
        `results.json`) are about the same examples in the same order and can be compared row by row.

        ## Checking it

        `sha256sum` of a file that `manifest.json` gives a `source` is the digest that stands in the ledger at that position:
        `ledger show {run.Run}` lists them, and `ledger verify` checks the ledger itself.
        {(run.Results.Count == 0 ? "\nThe run has no attack, so `results.json` is empty.\n" : "")}
        """.TrimEnd() + "\n";

    private const string Retracted = "\n\n**This result was retracted.** Ask the ledger why before you use it.";

    private static string Outcomes(StepToExport attack) =>
        $"| `outcomes/{attack.Path}.parquet` | what the attack `{attack.Path}` on `{attack.Model}` came to, as recorded: one row per example |\n";
}
