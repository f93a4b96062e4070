using Ledger.Domain.Experiments;
using Ledger.Runner.Torch;
using Ledger.Runner.Training.Regularizers;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Training.Regularizers;

/// <summary>Every penalty on a matrix: its gradient against central differences, and its value where a closed form exists.</summary>
public class PenaltyFormulaTests : TorchTests
{
    private static readonly SortedDictionary<string, Func<Tensor, Tensor>> All = new(StringComparer.Ordinal)
    {
        ["l1"] = matrix => Sparsity.L1([matrix]),
        ["row norms"] = Sparsity.RowNorms,
        ["row norms over frobenius"] = Sparsity.RowNormsOverFrobenius,
        ["nuclear norm"] = Spectra.NuclearNorm,
        ["spectral norm"] = matrix => Spectra.SpectralNorm(matrix, 1),
        ["spectral norm squared"] = matrix => Spectra.SpectralNorm(matrix, 2),
        ["log condition number"] = Spectra.LogConditionNumber,
        ["am-gm"] = Spectra.MeansRatio,
        ["released determinant"] = Spectra.ReleasedDeterminant,
        ["orthogonality"] = matrix => Spectra.Orthogonality(matrix, 0.7),
        ["restricted isometry"] = matrix => Spectra.RestrictedIsometry(matrix, 0.7),
        ["tsc"] = matrix => Transformed(matrix, SparsityForm.Absolute),
        ["tsc as released"] = matrix => Transformed(matrix, SparsityForm.Released),
    };

    public static TheoryData<string, int, int> Shapes()
    {
        var cases = new TheoryData<string, int, int>();
        foreach (var name in All.Keys)
        {
            cases.Add(name, 3, 5);
            cases.Add(name, 6, 3);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_gradient_agrees_with_central_differences(string penalty, int rows, int columns)
    {
        const double Step = 1e-6;
        var at = Random(rows, columns);
        var gradient = Gradient(All[penalty], at);
        gradient.norm().item<double>().ShouldBeGreaterThan(1e-3);
        for (var entry = 0; entry < rows * columns; entry++)
        {
            double Moved(double by)
            {
                var moved = at.clone();
                moved.view(-1).narrow(0, entry, 1).add_(by);
                return All[penalty](moved).item<double>();
            }

            var difference = (Moved(Step) - Moved(-Step)) / (2 * Step);
            gradient.reshape(-1)[entry].item<double>().ShouldBe(difference, 1e-5 * Math.Max(1, Math.Abs(difference)));
        }
    }

    [Theory]
    [InlineData("l1", 12)]
    [InlineData("row norms", 10)]
    [InlineData("row norms over frobenius", 1.4142135623730951)] // (5 + 5)/√50
    public void Of_rows_3_4_and_0_5_and_0_0(string penalty, double value)
    {
        var matrix = tensor(new[,] { { 3.0, 4 }, { 0, 5 }, { 0, 0 } });

        All[penalty](matrix).item<double>().ShouldBe(value, 1e-12);
        Gradient(All[penalty], matrix)[2].abs().max().item<double>().ShouldBe(0);
    }

    public static TheoryData<string, double> Of41 => new()
    {
        { "nuclear norm", 5 },
        { "spectral norm", 4 },
        { "spectral norm squared", 16 },
        { "log condition number", Math.Log(4) },
        { "am-gm", (2 * Math.Log(Math.Sqrt(17.0 / 2))) - Math.Log(4) },
        { "released determinant", Math.Pow(Math.Log(1e-5 + (16.0 / 4)), 2) },
        { "orthogonality", Math.Pow((16 / 0.7) - 1, 2) + Math.Pow((1 / 0.7) - 1, 2) },
        { "restricted isometry", (16 / 0.7) - 1 },
    };

    [Theory]
    [MemberData(nameof(Of41))]
    public void Of_singular_values_4_and_1(string penalty, double value)
    {
        var matrix = tensor(new[,] { { 0, 4.0, 0 }, { 1, 0, 0 } });

        All[penalty](matrix).item<double>().ShouldBe(value, 1e-9);
        All[penalty](matrix.t()).item<double>().ShouldBe(value, 1e-9);
    }

    [Theory]
    [InlineData("row norms over frobenius")]
    [InlineData("log condition number")]
    [InlineData("am-gm")]
    public void Some_do_not_see_scale(string penalty)
    {
        var matrix = Random(4, 6);

        All[penalty](matrix * 1e-3).item<double>().ShouldBe(All[penalty](matrix).item<double>(), 1e-9);
    }

    [Fact]
    public void Am_gm_is_zero_where_all_singular_values_are_equal_and_else_bounds_the_condition_number()
    {
        var (q, _) = linalg.qr(Random(6, 4));
        Spectra.MeansRatio(q * 3).item<double>().ShouldBe(0, 1e-9);
        Gradient(Spectra.MeansRatio, q * 3).abs().max().item<double>().ShouldBe(0, 1e-9);

        var matrix = Random(4, 6);
        var ratio = Spectra.MeansRatio(matrix).item<double>();
        ratio.ShouldBeGreaterThan(0);
        Spectra.LogConditionNumber(matrix).item<double>().ShouldBeLessThan(Math.Log(2) + ratio);
    }

    [Fact]
    public void The_gradient_of_the_nuclear_norm_is_the_orthogonal_factor()
    {
        var (q, _) = linalg.qr(Random(6, 4));

        Gradient(Spectra.NuclearNorm, q * 2).sub(q).abs().max().item<double>().ShouldBe(0, 1e-9);
    }

    [Theory]
    [InlineData("nuclear norm")]
    [InlineData("spectral norm")]
    [InlineData("log condition number")]
    [InlineData("am-gm")]
    [InlineData("restricted isometry")]
    [InlineData("released determinant")]
    public void Repeated_and_zero_singular_values_are_no_trouble(string penalty)
    {
        foreach (var matrix in new[] { eye(3, 5, dtype: float64), Random(4, 1).mm(Random(1, 6)), zeros(3, 4, float64) })
        {
            if (penalty is "log condition number" or "am-gm" && matrix.count_nonzero().item<long>() == 0)
                continue; // has no condition to speak of
            All[penalty](matrix).item<double>().ShouldSatisfyAllConditions(value => double.IsFinite(value).ShouldBeTrue());
            Gradient(All[penalty], matrix).isfinite().all().item<bool>().ShouldBeTrue($"{penalty} of {matrix.shape[0]} × {matrix.shape[1]}");
        }
    }

    [Fact]
    public void Of_a_matrix_of_rank_one_the_nuclear_norm_is_its_length_and_the_condition_number_without_a_gradient()
    {
        var (left, right) = (Random(4, 1), Random(1, 6));
        var matrix = left.mm(right);

        Spectra.NuclearNorm(matrix).item<double>().ShouldBe(matrix.norm().item<double>(), 1e-9);
        var factor = (left / left.norm()).mm(right / right.norm());
        Gradient(Spectra.NuclearNorm, matrix).sub(factor).abs().max().item<double>().ShouldBe(0, 1e-9);
        Spectra.LogConditionNumber(matrix).item<double>().ShouldBe(Math.Log(1e6), 1e-6);
        Gradient(Spectra.LogConditionNumber, matrix).abs().max().item<double>().ShouldBe(0, 1e-9);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(640)]
    public void As_released_the_condition_constraint_is_dead_at_the_default_initialisation_of_a_head(int inputs)
    {
        using var generator = Determinism.Generator(1);
        var bound = 1 / Math.Sqrt(inputs);
        var head = empty(10, inputs).uniform_(-bound, bound, generator);

        Spectra.ReleasedDeterminant(head).item<double>().ShouldBe(Math.Pow(Math.Log(1e-5), 2), 0.01);
        Gradient(Spectra.ReleasedDeterminant, head).norm().item<float>().ShouldBeLessThan(1e-5f);
        Gradient(Spectra.MeansRatio, head).norm().item<float>().ShouldBeGreaterThan(0.1f);
        Spectra.MeansRatio(head).item<double>().ShouldBeInRange(0.01, 1.5);
    }

    [Theory]
    [InlineData(2, 1, SparsityForm.Absolute, 1)] // 3·1/(2 + 1)
    [InlineData(2, 1, SparsityForm.Released, 3)] // 3·1/(2 − 1)
    [InlineData(1e9, 7, SparsityForm.Absolute, 7)] // towards L1
    [InlineData(1e-9, 7, SparsityForm.Absolute, 1)] // towards L0
    public void The_transformed_price_of_a_filter(double a, double price, SparsityForm form, double value) =>
        TransformedL1.Shaped(tensor(new[] { price }), a, form).item<double>().ShouldBe(value, 1e-6);

    [Fact]
    public void The_price_of_a_filter_is_that_of_its_weights_times_the_chance_that_its_gate_is_open()
    {
        var weight = tensor(new[, , ,] { { { { 1.0, 2 } } }, { { { 0, 0 } } } });
        var logAlpha = tensor(new[] { 0.0, Math.Log(100) });
        double Open(double alpha) => 1 / (1 + Math.Exp(-(alpha - (2.0 / 3 * Math.Log(0.1 / 1.1)))));

        TransformedL1.Price(weight, logAlpha, prior: 3, lambda0: 0.1).data<double>().ToArray()
            .ShouldBe([Open(0) * ((0.5 * 3 * 5) + 0.2), Open(Math.Log(100)) * 0.2], 1e-12);
    }

    private static Tensor Transformed(Tensor matrix, SparsityForm form) =>
        TransformedL1.Shaped(TransformedL1.Price(matrix, zeros(matrix.shape[0], float64), 3, 0.1), 20, form).sum();

    private static Tensor Gradient(Func<Tensor, Tensor> penalty, Tensor matrix)
    {
        var at = matrix.detach().clone().requires_grad_(true);
        return autograd.grad([penalty(at)], [at])[0];
    }

    private static Tensor Random(int rows, int columns)
    {
        using var generator = Determinism.Generator((ulong)((rows * 10) + columns));
        return empty(rows, columns, float64).normal_(0, 1, generator);
    }
}
