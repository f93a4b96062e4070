using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Measures;

/// <summary>
/// What can be said of a network's weight matrices alone. Values carry their layer's id; those of the whole network are taken over the
/// layers as they act, a low-rank layer counting once, as its product.
/// </summary>
internal static class LayerMeasures
{
    /// <summary>Induced norms and the Frobenius norm of each matrix. The products are of matricised weights: no Lipschitz bound for convolutions.</summary>
    public static IEnumerable<MetricValue> OperatorNorms(Subject subject)
    {
        foreach (var layer in subject.Layers.All)
        {
            yield return Figure.Ratio("operator_norm_inf", layer.Matrix.InfinityNorm(), layer.Id);
            yield return Figure.Ratio("operator_norm_2", subject.Spectrum(layer).Largest, layer.Id);
            yield return Figure.Ratio("frobenius_norm", layer.Matrix.FrobeniusNorm(), layer.Id);
        }

        foreach (var convolution in subject.Layers.Applied.Where(layer => !layer.IsLinear))
        {
            yield return Figure.Ratio("conv_norm_2_bound", ConvolutionNorms.Bound(convolution, subject.Spectrum(convolution).Largest), convolution.Id);
            yield return Figure.Ratio("conv_norm_2_estimate", ConvolutionNorms.Estimate(convolution, subject.Shape(convolution.First.Inputs[0])), convolution.Id);
        }

        yield return Figure.Ratio("operator_norm_inf_product", subject.Layers.Applied.Aggregate(1d, (product, layer) => product * layer.Matrix.InfinityNorm()));
        yield return Figure.Ratio("spectral_norm_product", subject.Layers.Applied.Aggregate(1d, (product, layer) => product * subject.Spectrum(layer).Largest));
        yield return Figure.Ratio("folded_norm_product", subject.Layers.Applied.Aggregate(1d, (product, layer) => product * FoldedNorm(subject, layer)));
    }

    /// <summary>Largest singular value of the layer together with the batch norm that alone reads it, if one does: the weight's own scale says nothing then.</summary>
    private static double FoldedNorm(Subject subject, LayerMatrix layer) =>
        BatchNormScales.After(subject.Floats, layer.Last.Id) is { } scales ? Decompositions.SpectralNorm(layer.Matrix.ScaleRows(scales)) : subject.Spectrum(layer).Largest;

    /// <summary>All singular values, as a series; and the eighth of each layer by its first.</summary>
    public static IEnumerable<MetricValue> Spectrum(Subject subject)
    {
        foreach (var layer in subject.Layers.All)
        {
            var spectrum = subject.Spectrum(layer);
            subject.Keep($"{layer.Id}.singular_values", [.. spectrum.Values]);
            if (spectrum.Values.Count >= 8)
                yield return Figure.Ratio("s8_over_s1", spectrum.Relative(8), layer.Id);
        }
    }

    public static IEnumerable<MetricValue> StableRank(Subject subject)
    {
        foreach (var layer in subject.Layers.All)
        {
            yield return Figure.Ratio("stable_rank", subject.Spectrum(layer).StableRank, layer.Id);
            yield return Figure.Ratio("effective_rank", subject.Spectrum(layer).EffectiveRank, layer.Id);
            yield return Figure.Nats("spectral_entropy", subject.Spectrum(layer).Entropy, layer.Id);
        }

        yield return Figure.Ratio("stable_rank_mean", subject.Layers.Applied.Average(layer => subject.Spectrum(layer).StableRank));
        yield return Figure.Ratio("effective_rank_mean", subject.Layers.Applied.Average(layer => subject.Spectrum(layer).EffectiveRank));
    }

    /// <summary>The median leaves out layers of zeros, which have no condition number; the head is the last layer.</summary>
    public static IEnumerable<MetricValue> ConditionNumber(Subject subject)
    {
        foreach (var layer in subject.Layers.All)
        {
            var spectrum = subject.Spectrum(layer);
            yield return Figure.Ratio("log10_condition", spectrum.Log10Condition, layer.Id);
            yield return Figure.Ratio("sigma_largest", spectrum.Largest, layer.Id);
            yield return Figure.Ratio("sigma_smallest", spectrum.Smallest, layer.Id);
            yield return Figure.Count("numerical_rank", spectrum.NumericalRank, layer.Id);
            yield return Figure.Count("rank_deficient", spectrum.IsRankDeficient ? 1 : 0, layer.Id);
            yield return Figure.Count("singular", spectrum.IsSingular ? 1 : 0, layer.Id);
            yield return Figure.Count("dead_rows", spectrum.DeadRows, layer.Id);
            yield return Figure.Count("dead_columns", spectrum.DeadColumns, layer.Id);
        }

        var spectra = subject.Layers.Applied.Select(subject.Spectrum).ToList();
        var conditions = spectra.Select(spectrum => spectrum.Log10Condition).Where(double.IsFinite).ToList();
        yield return Figure.Ratio("log10_condition_median", conditions.Count == 0 ? double.NaN : Quantile.Median(conditions));
        yield return Figure.Ratio("log10_condition_head", spectra[^1].Log10Condition);
        yield return Figure.Count("rank_deficient_layers", spectra.Count(spectrum => spectrum.IsRankDeficient));
        yield return Figure.Count("singular_layers", spectra.Count(spectrum => spectrum.IsSingular));
    }

    /// <summary>
    /// (q, k, ε, β) of the rows' L1 norms and of the singular values for every k, and with q = 1 Theorem 3.1's bounds: with the mean spread,
    /// the tightest and the same for every k, under the plain name; with the min-max spread for every k.
    /// </summary>
    public static IEnumerable<MetricValue> Compressibility(Subject subject, CompressibilitySettings settings)
    {
        var values = subject.Layers.All.SelectMany(layer => Compressibility(layer, subject.Spectrum(layer), settings)).ToList();
        var applied = subject.Layers.Applied.Select(layer => layer.Id).ToHashSet(StringComparer.Ordinal);
        var means = settings.K.SelectMany(k => new[] { $"row_eps_k{k}", $"spectral_eps_k{k}" })
            .Select(name => (name, of: values.Where(value => value.Name == name && value.Value is not null && applied.Contains(value.Layer!)).ToList()))
            .Where(mean => mean.of.Count > 0)
            .Select(mean => Figure.Fraction($"{mean.name}_mean", mean.of.Average(value => value.Value!.Value)));
        return [.. values, .. means];
    }

    private static IEnumerable<MetricValue> Compressibility(LayerMatrix layer, Spectrum spectrum, CompressibilitySettings settings)
    {
        var within = RowSparsity.Tightest(layer.Matrix);
        double[] rows = layer.Matrix.RowSums();
        yield return Figure.Count("row_sparsity_k", within.K, layer.Id);
        yield return Figure.Fraction("row_sparsity_eps", within.Eps, layer.Id);
        var ofRows = Domain.Metrics.Compressibility.Of(rows, 1, 1);
        var ofSpectrum = Domain.Metrics.Compressibility.Of(spectrum.Values, 1, 1);
        if (settings.Q == 1 && ofRows is not null && ofSpectrum is not null)
        {
            yield return Figure.Ratio("theorem31_inf", Theorem31.Infinity(layer.Matrix, ofRows, ofRows.BetaMean, within), layer.Id);
            yield return Figure.Ratio("theorem31_2", Theorem31.Two(layer.Matrix, ofSpectrum, ofSpectrum.BetaMean), layer.Id);
        }

        foreach (var k in settings.K)
        {
            foreach (var value in AtK("row", layer.Id, rows, settings.Q, k, "theorem31_inf", found => Theorem31.Infinity(layer.Matrix, found, found.BetaMinMax, within)))
                yield return value;
            foreach (var value in AtK("spectral", layer.Id, spectrum.Values, settings.Q, k, "theorem31_2", found => Theorem31.Two(layer.Matrix, found, found.BetaMinMax)))
                yield return value;
        }
    }

    private static IEnumerable<MetricValue> AtK(
        string what, string layer, IReadOnlyCollection<double> vector, double q, int k, string theorem, Func<Compressibility, double> bound)
    {
        if (k > vector.Count || Domain.Metrics.Compressibility.Of(vector, q, k) is not { } found)
            yield break;
        yield return Figure.Fraction($"{what}_eps_k{k}", found.Eps, layer);
        yield return Figure.Fraction($"{what}_beta_minmax_k{k}", found.BetaMinMax, layer);
        yield return Figure.Fraction($"{what}_beta_mean_k{k}", found.BetaMean, layer);
        if (q == 1)
            yield return Figure.Ratio($"{theorem}_minmax_k{k}", bound(found), layer);
    }

    /// <summary>The released code's compressibility and the PQ index, of each weight, and of all parameters in one vector.</summary>
    public static IEnumerable<MetricValue> SparsityIndexes(Subject subject, SparsityIndexSettings settings)
    {
        foreach (var layer in subject.Layers.All.Where(layer => layer.Nodes.Count == 1))
        {
            yield return Figure.Fraction("par_comp_kappa", SparsityIndices.MeanRowKappa(layer.Matrix, settings.Kappa), layer.Id);
            yield return Figure.Fraction("pq_index", SparsityIndices.Pq(layer.Matrix.Values), layer.Id);
            yield return Figure.Count("nonzero_weights", layer.Matrix.Values.LongCount(value => value != 0), layer.Id);
        }

        double[] all = subject.Parameters();
        yield return Figure.Fraction("net_comp_kappa", SparsityIndices.Kappa(all, settings.Kappa));
        yield return Figure.Fraction("net_pq_index", SparsityIndices.Pq(all));
    }
}
