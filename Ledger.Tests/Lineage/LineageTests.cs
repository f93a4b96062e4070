using System.Text.Json;
using Ledger.Tests.Query;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Lineage;

/// <summary><c>ledger lineage</c> of every kind of thing, up and down.</summary>
public sealed class LineageTests(LinedLedger ledger) : IClassFixture<LinedLedger>
{
    [Theory]
    [InlineData("results/robustness/01JHA/weak/robust_accuracy --up", "base small weak-A d e 1 2")]
    [InlineData("01JHB --up", "base weak-B d e 1")]
    [InlineData("artifact/11111111 --up", "base d 1")]
    [InlineData("artifact/11111111 --down", "small weak-A weak-B 1 2 7 8")]
    [InlineData("dddddddd --down", "base small weak-A weak-B d 1 2 7 8")]
    [InlineData("artifact/77777777", "base small weak-A d e 1 2 7")]
    [InlineData("artifact/22222222 --as-of 12 --down", "2")]
    public async Task It_goes_from_data_to_numbers_and_back(string what, string nodes)
    {
        var graph = await Graph(what);
        var found = graph.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetString()!).Select(Short);
        string.Join(' ', found.Order(StringComparer.Ordinal)).ShouldBe(string.Join(' ', nodes.Split(' ').Order(StringComparer.Ordinal)));
        graph.GetProperty("is_whole").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Every_edge_leads_from_what_was_read_or_made_to_what_read_or_was_made()
    {
        var edges = (await Graph("01JHA")).GetProperty("edges").EnumerateArray()
            .Select(edge => $"{Short(edge.GetProperty("from").GetString()!)} -{edge.GetProperty("role").GetString()}-> {Short(edge.GetProperty("to").GetString()!)}");
        edges.ShouldBe(
            ["d -data-> base", "base -weights-> 1", "1 -model.weights-> small", "small -weights-> 2", "2 -model.weights-> weak-A", "e -data-> weak-A", "weak-A -outcomes-> 7", "1 -model.weights-> weak-B", "weak-B -outcomes-> 8", "e -data-> weak-B"],
            ignoreOrder: true);
    }

    [Fact]
    public async Task It_is_a_tree_for_people()
    {
        var said = await Said.By(ledger.Place, "lineage", "results/robustness/01JHA/weak/robust_accuracy", "--up");
        said.Output.ShouldBe(
            """
            comes from
              weak · seed 1  robust 40.0 % of 100  run 01JHA00000
                data: digits.test eeeeeeee
                model.weights: weights 22222222
                  weights: small · seed 1  run 01JHA00000
                    model.weights: weights 11111111
                      weights: base · seed 1  run 01JHA00000
                        data: digits.train dddddddd

            position 19
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task For_Graphviz_names_are_quoted()
    {
        var said = await Said.By(ledger.Place, "lineage", "01JHA", "--up", "--dot");
        said.Output.ShouldStartWith("digraph lineage {");
        said.Output.ShouldContain($"\"step/{LinedLedger.First}/weak\" [label=\"weak · seed 1\\nrobust 40.0 % of 100\", penwidth=2];");
        said.Output.ShouldContain($"\"bytes/{LinedLedger.D('d')}\" -> \"step/{LinedLedger.First}/base\" [label=\"data\"];");
    }

    [Theory]
    [InlineData("99999999a", "no bytes '99999999a'", "found no run '99999999A'")]
    [InlineData("12", "expected the beginning of a run's id or of a digest", "expected the beginning")]
    [InlineData("artifact/99999999", "no bytes '99999999'", "no bytes '99999999'")]
    [InlineData("results/experiments/01JH/slug", "expected one of a table whose rows are of one step", "expected one of a table whose rows are of one step")]
    [InlineData("results/nope/1/2", "found no table 'nope'", "found no table 'nope'")]
    public async Task What_is_not_there_is_said(string what, string one, string other)
    {
        var said = await Said.By(ledger.Place, "lineage", what);
        said.ExitCode.ShouldBe(2);
        (said.Error.Contains(one, StringComparison.OrdinalIgnoreCase) || said.Error.Contains(other, StringComparison.OrdinalIgnoreCase)).ShouldBeTrue(said.Error);
    }

    private async Task<JsonElement> Graph(string line)
    {
        var said = await Said.By(ledger.Place, ["lineage", .. line.Split(' '), "--json"]);
        said.Error.ShouldBeEmpty();
        return JsonElement.Parse(said.Output);
    }

    private static string Short(string id) => id.Split('/') switch
    {
        ["bytes", var digest] => digest[..1],
        [_, var run, "weak"] => $"weak-{run[4]}",
        [.., var step] => step,
        _ => id,
    };
}
