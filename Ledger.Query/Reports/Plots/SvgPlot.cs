using System.Text;

namespace Ledger.Query.Reports.Plots;

/// <summary>
/// A plot as SVG 1.1: white ground, so that it reads on light and dark pages, and colours that colour-blind readers tell apart
/// (Okabe and Ito 2008), each with a marker of its own. The same plot gives the same bytes anywhere: no times, no random ids, and
/// no measuring of fonts, which a plotting library would do with those of the machine.
/// </summary>
internal sealed class SvgPlot
{
    private const double Width = 760, Height = 440, Top = 52, Left = 66, Letter = 6.6;
    private const int LongestLabel = 34;

    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555", "#8B6D00"];

    private readonly StringBuilder _text = new();
    private readonly Plot _plot;
    private readonly Ticks _x;
    private readonly Ticks _y;
    private readonly double _right;
    private readonly double _bottom;
    private readonly bool _slanted;

    private SvgPlot(Plot plot)
    {
        _plot = plot;
        var points = plot.Lines.SelectMany(line => line.Stretches).SelectMany(stretch => stretch).ToList();
        _x = plot.X.Categories is { } names ? new Ticks(-0.5, names.Count - 0.5, false, [.. Enumerable.Range(0, names.Count).Select(i => (double)i)])
            : plot.X.Logarithmic ? Ticks.Log(points.Min(p => p.X), points.Max(p => p.X)) : Ticks.Linear(points.Min(p => p.X), points.Max(p => p.X));
        _y = plot.Y.Logarithmic ? Ticks.Log(points.Min(p => p.Y), points.Max(p => p.Y)) : Ticks.Linear(points.Min(Low), points.Max(p => p.Y + (p.Deviation ?? 0)));
        _right = Width - 18 - (plot.Lines.Count > 1 ? 34 + (Letter * Math.Min(LongestLabel, plot.Lines.Max(line => line.Label.Length))) : 0);
        _slanted = plot.X.Categories is { } labels && labels.Max(label => label.Length) * Letter > (_right - Left) / labels.Count;
        _bottom = Height - 58 - (_slanted ? Math.Min(90, plot.X.Categories!.Max(label => label.Length) * Letter * 0.6) : 0);
    }

    public static string Of(Plot plot) => new SvgPlot(plot).Drawn();

    // Accuracies that come near to nothing are shown with the nothing.
    private static double Low(PlotPoint point) => Math.Max(Math.Min(0, point.Y), point.Y - (point.Deviation ?? 0));

    private string Drawn()
    {
        _text.Append($"""<svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{Height}" viewBox="0 0 {Width} {Height}" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#222222">""").Append('\n');
        _text.Append($"<title>{Escaped(_plot.Title)}</title>\n");
        _text.Append($"""<rect width="{Width}" height="{Height}" fill="#FFFFFF"/>""").Append('\n');
        Text(Left, 20, _plot.Title, "font-size=\"14\" font-weight=\"bold\"");
        Text(Left, 38, _plot.Note, "font-size=\"11\" fill=\"#666666\"");
        Axes();
        foreach (var (i, line) in _plot.Lines.Index())
            Draw(line, Colours[i % Colours.Length], i);
        if (_plot.Lines.Count > 1)
            Legend();
        return _text.Append("</svg>\n").ToString();
    }

    private void Axes()
    {
        foreach (double tick in _y.At)
        {
            Rule(Left, Y(tick), _right, Y(tick), "#E3E3E3");
            Text(Left - 8, Y(tick) + 4, Ticks.Text(tick), "text-anchor=\"end\"");
        }

        foreach (var (i, tick) in _x.At.Index())
        {
            if (_plot.X.Categories is null)
                Rule(X(tick), Top, X(tick), _bottom, "#F0F0F0");
            Rule(X(tick), _bottom, X(tick), _bottom + 4, "#444444");
            string label = _plot.X.Categories is { } names ? names[i] : Ticks.Text(tick);
            Text(X(tick), _bottom + 18, label, _slanted ? $"text-anchor=\"end\" transform=\"rotate(-35 {Number(X(tick))} {Number(_bottom + 14)})\"" : "text-anchor=\"middle\"");
        }

        Rule(Left, _bottom, _right, _bottom, "#444444");
        Rule(Left, Top, Left, _bottom, "#444444");
        Text((Left + _right) / 2, Height - 14, _plot.X.Label, "text-anchor=\"middle\" font-size=\"13\"");
        Text(16, (Top + _bottom) / 2, _plot.Y.Label, $"text-anchor=\"middle\" font-size=\"13\" transform=\"rotate(-90 16 {Number((Top + _bottom) / 2)})\"");
    }

    private void Draw(PlotLine line, string colour, int kind)
    {
        foreach (var stretch in line.Stretches)
        {
            if (stretch.Count > 1 && stretch.Any(point => point.Deviation > 0))
            {
                var edge = stretch.Select(point => (point.X, point.Y + (point.Deviation ?? 0))).Concat(stretch.Reverse().Select(point => (point.X, Low(point))));
                _text.Append($"""<polygon points="{Path(edge)}" fill="{colour}" fill-opacity="0.15"/>""").Append('\n');
            }

            if (stretch.Count > 1)
                _text.Append($"""<polyline points="{Path(stretch.Select(point => (point.X, point.Y)))}" fill="none" stroke="{colour}" stroke-width="2"{Dashes(kind)}/>""").Append('\n');
            foreach (var point in stretch)
            {
                if (point.Deviation is > 0)
                    Rule(X(point.X), Y(Low(point)), X(point.X), Y(point.Y + point.Deviation.Value), colour);
                Marker(X(point.X), Y(point.Y), colour, kind);
            }
        }
    }

    private void Legend()
    {
        foreach (var (i, line) in _plot.Lines.Index())
        {
            double y = Top + 10 + (20 * i);
            _text.Append($"""<line x1="{Number(_right + 12)}" y1="{Number(y)}" x2="{Number(_right + 32)}" y2="{Number(y)}" stroke="{Colours[i % Colours.Length]}" stroke-width="2"{Dashes(i)}/>""").Append('\n');
            Marker(_right + 22, y, Colours[i % Colours.Length], i);
            Text(_right + 38, y + 4, line.Label.Length <= LongestLabel ? line.Label : line.Label[..(LongestLabel - 1)] + "…", "");
        }
    }

    private void Marker(double x, double y, string colour, int kind)
    {
        (double, double)[] corners = (kind % 4) switch
        {
            1 => [(-4, -4), (4, -4), (4, 4), (-4, 4)],
            2 => [(0, -5), (5, 4), (-5, 4)],
            3 => [(0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)],
            _ => [],
        };
        _text.Append(corners.Length == 0
            ? $"""<circle cx="{Number(x)}" cy="{Number(y)}" r="4" fill="{colour}"/>"""
            : $"""<polygon points="{string.Join(' ', corners.Select(corner => $"{Number(x + corner.Item1)},{Number(y + corner.Item2)}"))}" fill="{colour}"/>""").Append('\n');
    }

    private static string Dashes(int kind) => kind < Colours.Length ? "" : " stroke-dasharray=\"6 4\"";

    private void Rule(double x1, double y1, double x2, double y2, string colour) =>
        _text.Append($"""<line x1="{Number(x1)}" y1="{Number(y1)}" x2="{Number(x2)}" y2="{Number(y2)}" stroke="{colour}"/>""").Append('\n');

    private void Text(double x, double y, string text, string more) =>
        _text.Append($"""<text x="{Number(x)}" y="{Number(y)}"{(more.Length > 0 ? " " : "")}{more}>{Escaped(text)}</text>""").Append('\n');

    private string Path(IEnumerable<(double X, double Y)> points) => string.Join(' ', points.Select(point => $"{Number(X(point.X))},{Number(Y(point.Y))}"));

    private double X(double value) => Left + ((_right - Left) * _x.Place(value));

    private double Y(double value) => _bottom - ((_bottom - Top) * _y.Place(value));

    private static string Number(double value) => $"{value:0.##}";

    /// <summary>XML text; characters that XML cannot hold are left out.</summary>
    private static string Escaped(string text) => string.Concat(text.Where(c => c >= ' ' && c is not ('\uFFFE' or '\uFFFF') && !char.IsSurrogate(c)))
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
