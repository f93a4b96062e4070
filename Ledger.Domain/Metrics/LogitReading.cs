namespace Ledger.Domain.Metrics;

/// <summary>What one example's logits say about its label. Float32 logits, computed on in float64.</summary>
/// <param name="Prediction">Index of the largest logit, the first of equals; −1 when a logit is not finite.</param>
/// <param name="Loss">Cross-entropy in nats; not finite when a logit is not.</param>
/// <param name="Margin">z_label − max over other classes; positive when right. Not finite when a logit is not.</param>
public readonly record struct LogitReading(int Prediction, bool Correct, double Loss, double Margin)
{
    public static LogitReading Of(ReadOnlySpan<float> logits, long label)
    {
        foreach (var logit in logits)
        {
            if (!float.IsFinite(logit))
                return new LogitReading(-1, false, double.NaN, double.NaN);
        }

        var (prediction, other) = (0, double.NegativeInfinity);
        for (var i = 0; i < logits.Length; i++)
        {
            prediction = logits[i] > logits[prediction] ? i : prediction;
            other = i == label ? other : Math.Max(other, logits[i]);
        }

        var own = logits[(int)label];
        return new LogitReading(prediction, prediction == label, LogSumExp(logits) - own, own - other);
    }

    private static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var (largest, sum) = (double.NegativeInfinity, 0d);
        foreach (var logit in logits)
            largest = Math.Max(largest, logit);
        foreach (var logit in logits)
            sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum);
    }
}
