using CsCheck;
using Ledger.Domain.Experiments;
using Ledger.Domain.Metrics;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Metrics;

public class MatrixMetricsTests
{
    private static readonly DenseMatrix Fixed = new(3, 4, [3, -1, 2, 0, 0.5, 2, -1, 0, 1, 1, 1, 0]);

    // numpy.linalg.svd(compute_uv=False) of the matrix above.
    private static readonly double[] Sigma = [3.9578333563131007, 2.446554531919743, 0.7745489306676119];

    private static readonly Gen<double> Value = Gen.Double[-2, 2];

    /// <summary>Two matrices that can be composed, with few enough hidden units to try every mask.</summary>
    private static readonly Gen<(DenseMatrix First, DenseMatrix Second)> Pairs =
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 6], Gen.Int[1, 4]).SelectMany((outputs, hidden, inputs) =>
            Gen.Select(Value.Array[hidden * inputs], Value.Array[outputs * hidden]).Select((a, b) => (new DenseMatrix(hidden, inputs, a), new DenseMatrix(outputs, hidden, b))));

    [Fact]
    public void Figures_of_a_matrix_are_numpys()
    {
        var spectrum = new Spectrum(Fixed, Sigma);

        Fixed.InfinityNorm().ShouldBe(6);
        spectrum.Largest.ShouldBe(Sigma[0]);
        spectrum.FrobeniusNorm.ShouldBe(4.716990566028302, 1e-15);
        spectrum.Log10Condition.ShouldBe(0.7084086456869334, 1e-14);
        spectrum.StableRank.ShouldBe(1.4204142039913865, 1e-14);
        spectrum.Entropy.ShouldBe(0.9353731081023906, 1e-14);
        spectrum.EffectiveRank.ShouldBe(2.5481640210390157, 1e-14);
        (spectrum.NumericalRank, spectrum.IsRankDeficient, spectrum.DeadRows, spectrum.DeadColumns).ShouldBe((3, false, 0, 1));
        spectrum.Relative(2).ShouldBe(Sigma[1] / Sigma[0]);
        spectrum.Relative(4).ShouldBe(double.NaN);
    }

    [Fact]
    public void A_singular_value_below_the_tolerance_counts_as_zero()
    {
        // 2 × 3 without the dead row: max(2, 3) · 2⁻²³.
        var matrix = new DenseMatrix(3, 3, [1, 1, 1, 0, 0, 0, 1, -1, 0]);
        double edge = 3 * Spectrum.Float32Epsilon;

        new Spectrum(matrix, [1, edge, 0]).NumericalRank.ShouldBe(1);
        var above = new Spectrum(matrix, [0, edge * 1.001, 1]);
        (above.NumericalRank, above.IsRankDeficient, above.Smallest).ShouldBe((2, true, edge * 1.001));
        above.Log10Condition.ShouldBe(-Math.Log10(edge * 1.001), 1e-12);
    }

    [Fact]
    public void Rows_of_zeros_leave_a_condition_number_and_rows_that_depend_on_each_other_end_at_the_tolerance()
    {
        var dead = new Spectrum(new DenseMatrix(3, 2, [3, 0, 0, 0, 0, 1]), [3, 1]);
        (dead.IsSingular, dead.IsRankDeficient).ShouldBe((false, false));
        dead.Log10Condition.ShouldBe(Math.Log10(3), 1e-14);

        // Three weights in two columns: one of the three live rows is the others' combination, but three rows of two have full rank 2.
        new Spectrum(new DenseMatrix(3, 2, [1, 0, 2, 0, 0, 1]), [Math.Sqrt(5), 1]).IsSingular.ShouldBeFalse();

        // Two filters with one weight each at the same place, and a dead column.
        var same = new Spectrum(new DenseMatrix(2, 3, [1, 0, 1, 2, 0, 2]), [Math.Sqrt(10), 0]);
        (same.IsSingular, same.IsRankDeficient).ShouldBe((true, true));
        same.Log10Condition.ShouldBe(-Math.Log10(2 * Spectrum.Float32Epsilon), 1e-14);
    }

    [Fact]
    public void A_matrix_of_zeros_has_no_condition_number()
    {
        var spectrum = new Spectrum(new DenseMatrix(2, 2, new double[4]), [0, 0]);
        (spectrum.NumericalRank, spectrum.IsRankDeficient, spectrum.Log10Condition, spectrum.Entropy).ShouldBe((0, true, double.NaN, double.NaN));
    }

    [Fact]
    public void Equal_singular_values_have_full_effective_rank_and_one_has_rank_one()
    {
        var flat = new Spectrum(new DenseMatrix(2, 2, [3, 0, 0, -3]), [3, 3]);
        flat.Log10Condition.ShouldBe(0);
        flat.StableRank.ShouldBe(2, 1e-14);
        flat.EffectiveRank.ShouldBe(2, 1e-14);
        new Spectrum(new DenseMatrix(2, 2, [1, 0, 0, 0]), [1, 0]).EffectiveRank.ShouldBe(1);
        Should.Throw<ArgumentException>(() => new Spectrum(Fixed, [1, 2])).Message.ShouldContain("expected 3");
    }

    [Fact]
    public void Products_and_scalings_follow_their_definitions()
    {
        var (a, b) = (new DenseMatrix(2, 3, [1, 2, 3, 4, 5, 6]), new DenseMatrix(3, 2, [1, 0, 0, 1, -1, 2]));
        a.Times(b).Values.ShouldBe([-2, 8, -2, 17]);
        a.ScaleRows([2, -1]).Values.ShouldBe([2, 4, 6, -4, -5, -6]);
        a.ScaleColumns([1, 0, 2]).Values.ShouldBe([1, 0, 6, 4, 0, 12]);
        b.LargestRows(2).Values.ShouldBe([1, 0, 0, 0, -1, 2]);
        b.LargestRows(9).Values.ShouldBe(b.Values);
        Should.Throw<ArgumentException>(() => a.Times(a)).Message.ShouldContain("2 × 3 times 2 × 3");
        Should.Throw<ArgumentException>(() => new DenseMatrix(2, 2, [1])).Message.ShouldContain("2 × 2");
    }

    // numpy, from the definitions, for [3, -1, 2, 0.5, 0, -4].
    [Theory]
    [InlineData(1, 2, 0.3333333333333333, 0.25, 0.125)]
    [InlineData(2, 3, 0.20327890704543544, 0.5, 0.25)]
    [InlineData(1, 6, 0, 1, 0.5625)]
    public void Compressibility_is_what_is_left_out_and_how_far_the_rest_spreads(double q, int k, double eps, double minmax, double mean)
    {
        var found = Compressibility.Of([3, -1, 2, 0.5, 0, -4], q, k)!;
        found.Eps.ShouldBe(eps, 1e-14);
        (found.BetaMinMax, found.BetaMean).ShouldBe((minmax, mean));
    }

    [Fact]
    public void Compressibility_does_not_see_scale() =>
        Gen.Select(Value.Array[1, 12], Gen.Double[1e-150, 1e150], Gen.Double[1, 3]).Sample((vector, scale, q) =>
        {
            var (plain, scaled) = (Compressibility.Of(vector, q, (vector.Length + 1) / 2), Compressibility.Of(vector.Select(value => value * scale), q, (vector.Length + 1) / 2));
            if (plain is null)
                return scaled is null;
            return Math.Abs(plain.Eps - scaled!.Eps) < 1e-9 && Math.Abs(plain.BetaMean - scaled.BetaMean) < 1e-9
                && plain.BetaMean <= plain.BetaMinMax + 1e-12 && plain.Eps is >= 0 and <= 1;
        });

    [Fact]
    public void Zeros_have_no_compressibility() => Compressibility.Of(new double[3], 1, 2).ShouldBeNull();

    [Fact]
    public void Within_row_sparsity_holds_for_every_row_and_is_the_best_of_its_form() =>
        Pairs.Select(pair => pair.First).Sample(matrix =>
        {
            var found = RowSparsity.Tightest(matrix);
            for (var row = 0; row < matrix.Rows; row++)
            {
                double[] values = matrix.Row(row).ToArray();
                double l1 = values.Sum(Math.Abs), l2 = Math.Sqrt(values.Sum(value => value * value));
                l1.ShouldBeLessThanOrEqualTo((found.Factor * l2) + 1e-12);
                (Compressibility.Of(values, 2, found.K)?.Eps ?? 0).ShouldBeLessThanOrEqualTo(found.Eps + 1e-9);
            }

            found.Factor.ShouldBeLessThanOrEqualTo(Math.Sqrt(matrix.Columns) + 1e-12);
        });

    [Fact]
    public void One_entry_a_row_is_the_sparsest_and_makes_theorem_31_exact()
    {
        var matrix = new DenseMatrix(2, 3, [0, 2, 0, -2, 0, 0]);
        RowSparsity.Tightest(matrix).ShouldBe(new RowSparsity(1, 0, 1));
        var rows = Compressibility.Of(matrix.RowSums(), 1, 2)!;
        Theorem31.Infinity(matrix, rows, rows.BetaMean, RowSparsity.Tightest(matrix)).ShouldBe(2, 1e-14);
        Should.Throw<ArgumentException>(() => Theorem31.Two(matrix, Compressibility.Of([2, 2], 2, 1)!, 0));
    }

    // numpy for [3, -1, 2, 0.5, 0, -4] with kappa 0.4: k = 6 − int(0.6·6) = 3.
    [Fact]
    public void Sparsity_indices_follow_the_released_code()
    {
        double[] vector = [3, -1, 2, 0.5, 0, -4];
        SparsityIndices.Kappa(vector, 0.4).ShouldBe(0.7967210929545645, 1e-14);
        SparsityIndices.Pq(vector).ShouldBe(0.22061690002353418, 1e-14);
        SparsityIndices.Pq([2, -2, 2]).ShouldBe(0, 1e-15);
        SparsityIndices.Kappa(vector, 1).ShouldBe(1);
        SparsityIndices.Kappa(vector, 0).ShouldBe(0, 1e-15);
        SparsityIndices.Kappa([0, 0], 0.1).ShouldBe(1);
        SparsityIndices.MeanRowKappa(new DenseMatrix(2, 2, [1, 0, 0, 0]), 0.5).ShouldBe(1);
        SparsityIndices.MeanRowKappa(new DenseMatrix(1, 2, [3, 4]), 0.5).ShouldBe(1 - 0.6, 1e-14);
    }

    [Fact]
    public void No_mask_passes_the_bound_of_interlayer_alignment() =>
        Pairs.Sample(pair =>
        {
            double norms = pair.First.InfinityNorm() * pair.Second.InfinityNorm();
            double worst = Masks(pair.First.Rows).Max(mask => pair.Second.Times(pair.First.ScaleRows(mask)).InfinityNorm());
            foreach (var k in new int?[] { null, 1, 3 })
            {
                double bound = InterlayerAlignment.InfinityBound(pair.First, pair.Second, k);
                worst.ShouldBeLessThanOrEqualTo((bound * norms) + 1e-12);
                bound.ShouldBeLessThanOrEqualTo(1);
                InterlayerAlignment.InfinityBound(pair.First, pair.Second).ShouldBeLessThanOrEqualTo(bound + 1e-12);
            }
        });

    [Fact]
    public void Orthogonal_layers_have_no_alignment()
    {
        var (first, second) = (new DenseMatrix(2, 1, [1, 0]), new DenseMatrix(1, 2, [0, 1]));
        InterlayerAlignment.InfinityBound(first, second).ShouldBe(0);
        InterlayerAlignment.InfinityBound(first, first.Times(second)).ShouldBe(0);
        InterlayerAlignment.InfinityBound(new DenseMatrix(1, 1, [3]), new DenseMatrix(1, 1, [-2])).ShouldBe(1);
    }

    [Theory]
    [InlineData(new double[] { 2, 3, 5 }, new double[] { 4, 10 }, 20)] // (2·3 as 4)·5 = 20, 2·(3·5 as 10) = 20
    [InlineData(new double[] { 2, 3, 5 }, new double[] { 4, 5 }, 10)]
    [InlineData(new double[] { 2, 3, 5, 7 }, new double[] { 1, 1, 1 }, 1)]
    [InlineData(new double[] { 2, 3, 5, 7 }, new double[] { double.NaN, 1, double.NaN }, 14)] // not a number: cannot be paired
    [InlineData(new double[] { 2 }, new double[] { }, 2)]
    [InlineData(new double[] { }, new double[] { }, 1)]
    public void The_best_pairing_gives_the_smallest_product(double[] factors, double[] pairs, double best) =>
        InterlayerAlignment.BestPairing(factors, [.. pairs.Select(pair => double.IsNaN(pair) ? (double?)null : pair)]).ShouldBe(best);

    [Fact]
    public void The_head_s_factor_is_the_farthest_pair_of_classes_in_the_dual_norm()
    {
        var head = new DenseMatrix(3, 2, [0, 0, 3, 4, 1, 0]);
        LossBounds.HeadFactor(head, Norm.Linf).ShouldBe(7);
        LossBounds.HeadFactor(head, Norm.L2).ShouldBe(5);
        LossBounds.HeadFactor(new DenseMatrix(1, 2, [3, -4]), Norm.L2).ShouldBe(5);
    }

    [Fact]
    public void No_step_of_the_representation_raises_the_loss_by_more_than_the_head_allows() =>
        Gen.Select(Value.Array[12], Value.Array[4], Value.Array[4], Gen.Int[0, 2]).Sample((weights, z, step, label) =>
        {
            var head = new DenseMatrix(3, 4, weights);
            double rise = Loss(head, [.. z.Zip(step, (a, b) => a + b)], label) - Loss(head, z, label);
            rise.ShouldBeLessThanOrEqualTo((LossBounds.HeadFactor(head, Norm.Linf) * step.Max(Math.Abs)) + 1e-12);
            rise.ShouldBeLessThanOrEqualTo((LossBounds.HeadFactor(head, Norm.L2) * Math.Sqrt(step.Sum(s => s * s))) + 1e-12);
        });

    private static double Loss(DenseMatrix head, double[] z, int label)
    {
        double[] logits = head.Times(new DenseMatrix(z.Length, 1, z)).Values;
        return Math.Log(logits.Sum(logit => Math.Exp(logit - logits[label])));
    }

    private static IEnumerable<double[]> Masks(int size) =>
        Enumerable.Range(0, 1 << size).Select(bits => Enumerable.Range(0, size).Select(i => (double)((bits >> i) & 1)).ToArray());
}
