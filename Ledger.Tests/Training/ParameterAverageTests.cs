using Ledger.Runner.Training;
using Ledger.Tests.Torch;
using Shouldly;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Training;

public class ParameterAverageTests : TorchTests
{
    [Fact]
    public void The_average_weighs_later_steps_more_and_does_not_know_the_start()
    {
        using var weight = new Parameter(tensor([7f]));
        using var average = new ParameterAverage(0.5, [weight]);
        average.Of(weight).item<float>().ShouldBe(7);

        double[] values = [1, 2, 4];
        foreach (var value in values)
        {
            using (no_grad())
                weight.fill_(value);
            average.Update();
        }

        // (0.5·4 + 0.25·2 + 0.125·1) / (1 − 0.5³)
        average.Of(weight).item<float>().ShouldBe((float)(2.625 / 0.875), 1e-6f);
    }

    [Fact]
    public void What_does_not_change_is_its_own_average()
    {
        using var weight = new Parameter(tensor([3f]));
        using var average = new ParameterAverage(0.99, [weight]);

        for (var step = 0; step < 5; step++)
            average.Update();

        average.Of(weight).item<float>().ShouldBe(3f, 1e-5f);
        var other = tensor([2f]);
        average.Of(other).ShouldBeSameAs(other);
    }
}
