using Ledger.Domain;
using Ledger.Domain.Models;
using Ledger.Query.Export;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Export;

public sealed class PlainPyTorchTests
{
    public static TheoryData<string> Goldens => ["small-cnn", "small-cnn-pruned", "quantized", "residual"];

    [Theory]
    [MemberData(nameof(Goldens))]
    public void A_network_is_written_as_the_file_kept_here(string name)
    {
        string written = PlainPyTorch.Write(name switch
        {
            "small-cnn" => Networks.SmallCnn(),
            "small-cnn-pruned" => Networks.SmallCnn(first: 8, second: 11),
            "quantized" => Networks.Quantized(),
            _ => Networks.Residual(),
        });

        // What was written stays beside the tests, to be read and, when it is right, copied to Export/Golden.
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, $"{name}.received.py"), written);
        written.ShouldBe(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Export", "Golden", $"{name}.py")));
    }

    [Theory]
    [InlineData("import os; os.remove(1)")]
    [InlineData("conv-1")]
    [InlineData("block.conv")]
    [InlineData("1conv")]
    [InlineData("conv\n")]
    [InlineData("lambda")]
    [InlineData("train")]
    [InlineData("self")]
    [InlineData("x")]
    [InlineData("")]
    public void A_name_that_python_or_the_module_would_take_otherwise_is_refused(string id)
    {
        var architecture = new Architecture([1, 2, 2], 4, [new Flatten(id, [Architecture.Pixels])]);

        Should.Throw<Refused>(() => PlainPyTorch.Write(architecture)).Message.ShouldContain($"'{id}' is no name for a layer");
    }

    [Fact]
    public void Every_fault_of_an_architecture_is_named_at_once()
    {
        var architecture = new Architecture([1, 2, 2], 4,
        [
            new Relu("a", ["later"]),
            new Add("a", ["a"]),
            new Normalize("later", ["a"], [double.NaN], [1]),
        ]);

        string message = Should.Throw<Refused>(() => PlainPyTorch.Write(architecture)).Message;

        message.ShouldContain("'a' reads 'later', which does not come before it");
        message.ShouldContain("the name 'a' is taken already");
        message.ShouldContain("'a' has 1 inputs, expected 2");
        message.ShouldContain("'later' has a constant that is not finite");
    }

    [Fact]
    public void A_network_without_nodes_is_refused() =>
        Should.Throw<Refused>(() => PlainPyTorch.Write(new([1, 2, 2], 4, []))).Code.ShouldBe("unwritable-architecture");
}
