using Ledger.Runner.Bench;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Bench;

public class TrainBenchTests : TorchTests
{
    [Fact]
    public void No_tensor_outlives_its_step() => TrainBench.Memory(iterations: 50).Holds.ShouldBeTrue();

    [Fact]
    public void A_finding_over_its_bound_does_not_hold() => new BenchFinding("x", Found: 1.04, Most: 1.03, "").Holds.ShouldBeFalse();
}
