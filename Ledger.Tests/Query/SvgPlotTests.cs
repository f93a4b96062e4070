using System.Globalization;
using System.Xml.Linq;
using Ledger.Query.Reports.Plots;
using Ledger.Query.Results;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

public sealed class SvgPlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void What_people_wrote_stays_text()
    {
        string svg = SvgPlot.Of(Plot(new PlotAxis("<x> & \"y\""), [Line("</text><script>", 1, 2)], title: "a ]]> b \u0001"));
        XDocument.Parse(svg).Descendants(Svg + "text").Select(text => text.Value).ShouldContain("<x> & \"y\"");
        XDocument.Parse(svg).Descendants(Svg + "script").ShouldBeEmpty();
        svg.ShouldBe(SvgPlot.Of(Plot(new PlotAxis("<x> & \"y\""), [Line("</text><script>", 1, 2)], title: "a ]]> b \u0001")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_point_lies_within_the_axes(bool logarithmic)
    {
        var plot = Plot(new PlotAxis("x", Logarithmic: logarithmic), [Line("a", 0.001, 60, 7), Line("b", 3, 100)]);
        foreach (var circle in XDocument.Parse(SvgPlot.Of(plot)).Descendants(Svg + "circle"))
        {
            double x = double.Parse(circle.Attribute("cx")!.Value, CultureInfo.InvariantCulture), y = double.Parse(circle.Attribute("cy")!.Value, CultureInfo.InvariantCulture);
            x.ShouldBeInRange(66, 760);
            y.ShouldBeInRange(52, 383);
        }
    }

    [Fact]
    public void A_point_stands_alone_where_it_has_no_neighbour_of_its_family()
    {
        var line = new PlotLine("a", [[new PlotPoint(0, 1, null)], [new PlotPoint(1, 2, 0.5), new PlotPoint(2, 3, 0.5)]]);
        var svg = XDocument.Parse(SvgPlot.Of(Plot(new PlotAxis("compress", ["none", "filters/0.3", "filters/0.5"]), [line])));
        svg.Descendants(Svg + "circle").Count().ShouldBe(3);
        svg.Descendants(Svg + "polyline").Count().ShouldBe(1);
        svg.Descendants(Svg + "polygon").Count().ShouldBe(1, "one band");
    }

    [Fact]
    public async Task A_plot_of_families_is_this_file()
    {
        string[] labels = ["none", "filters/0.3", "filters/0.5", "filters/0.7", "filters/0.9", "int/8", "int/4", "int/2"];
        var lines = new[] { "standard · none", "standard · adversarial", "adversarial · none" }.Select((name, i) => new PlotLine(
            name, [.. labels.Index().GroupBy(label => label.Item.Split('/')[0]).Select(family => (IReadOnlyList<PlotPoint>)[.. family.Select(label => new PlotPoint(label.Index, 20 + (20 * i) - (label.Index * 2), 1 + i))])]));
        await Snapshots.Hold("plot-families", SvgPlot.Of(Plot(new PlotAxis("compress", labels), [.. lines], "robust accuracy against compress · PGD-20 L∞")));
    }

    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(31.2, 58.9, "30 35 40 45 50 55 60")]
    [InlineData(0, 0.03137, "0 0.01 0.02 0.03 0.04")]
    [InlineData(5, 5, "0 1 2 3 4 5")]
    [InlineData(-3, 4, "-4 -2 0 2 4")]
    public void Ticks_are_round(double least, double most, string ticks) => string.Join(' ', Ticks.Linear(least, most).At.Select(Ticks.Text)).ShouldBe(ticks);

    [Theory]
    [InlineData(0.0001, 0.3, "0.0001 0.001 0.01 0.1 1")]
    [InlineData(300, 40_000, "100 1000 10 k 100 k")]
    [InlineData(2, 70, "2 5 10 20 50 100")]
    public void Logarithmic_ticks_hold_the_values_between_them(double least, double most, string ticks)
    {
        var axis = Ticks.Log(least, most);
        string.Join(' ', axis.At.Select(Ticks.Text)).ShouldBe(ticks);
        axis.Place(least).ShouldBeInRange(0, 1);
        axis.Place(most).ShouldBeInRange(0, 1);
    }

    [Theory]
    [InlineData("a|b *c* <d> `e`", "a\\|b \\*c\\* \\<d\\> \\`e\\`")]
    [InlineData("one\ntwo", "one two")]
    public void Markup_in_names_is_shown_as_it_is(string text, string escaped) => MarkdownText.Escaped(text).ShouldBe(escaped);

    private static Plot Plot(PlotAxis x, IReadOnlyList<PlotLine> lines, string title = "title") => new("name", title, "note", x, new PlotAxis("y"), lines);

    private static PlotLine Line(string label, params double[] values) => new(label, [[.. values.Select(value => new PlotPoint(value, value, value / 10))]]);
}
