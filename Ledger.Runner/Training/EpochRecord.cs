using Ledger.Domain.Artifacts;
using Ledger.Domain.Runs;
using Ledger.Runner.Steps;
using Ledger.Runner.Torch;
using Ledger.Runner.Training.Regularizers;

namespace Ledger.Runner.Training;

/// <summary>What of a training goes into the ledger besides its network, wherever the training takes place.</summary>
internal static class EpochRecord
{
    /// <param name="state">What the training has come to.</param>
    /// <param name="validated">Null where there are no validation examples.</param>
    public static EpochCompleted Of(string step, int number, EpochResult result, IReadOnlyList<NamedTensor> state, Validated? validated = null) => new(
        step, number, Finite(result.Loss), result.Accuracy, result.Lr, TensorBytes.Digest(state).ToString(), result.GradientEvaluations, result.Seconds,
        Finite(validated?.Loss), validated?.Accuracy, result.Terms, TensorBytes.Digests(state));

    /// <exception cref="StepFailure"><c>diverged</c>: the loss or a term of an epoch was not finite.</exception>
    public static void RefuseDiverged(int epoch, EpochResult result)
    {
        if (!double.IsFinite(result.Loss))
            throw new StepFailure(FailureCodes.Diverged, $"the mean loss of epoch {epoch} is not finite; a smaller learning rate may help");
        if (result.Terms?.FirstOrDefault(term => term.Value is null) is { } term)
            throw new StepFailure(FailureCodes.Diverged, $"the mean of the term {term.Name} over epoch {epoch} is not finite; a smaller weight may help");
    }

    public static IEnumerable<ResultFlagged> Inert(string step, IEnumerable<double> shares) =>
        shares.Select(share => new ResultFlagged(step, "inert-regularizer", share, Penalties.Inert));

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
