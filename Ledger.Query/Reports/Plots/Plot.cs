namespace Ledger.Query.Reports.Plots;

/// <summary>What a plot shows, apart from how it is drawn.</summary>
/// <param name="Name">Of its file, without extension: lowercase letters, digits and hyphens.</param>
/// <param name="Title">What is plotted against what, of which experiment.</param>
/// <param name="Note">What one has to know to read it: threat, examples, seeds, position.</param>
public sealed record Plot(string Name, string Title, string Note, PlotAxis X, PlotAxis Y, IReadOnlyList<PlotLine> Lines);

/// <param name="Label">Quantity and unit.</param>
/// <param name="Categories">Labels at 0, 1, 2 … for what is no number; null: a numeric axis.</param>
public sealed record PlotAxis(string Label, IReadOnlyList<string>? Categories = null, bool Logarithmic = false);

/// <summary>Points of one kind: joined where they are neighbours on a scale, else a cloud.</summary>
/// <param name="Stretches">Points joined to each other; a stretch of one point stands alone.</param>
public sealed record PlotLine(string Label, IReadOnlyList<IReadOnlyList<PlotPoint>> Stretches);

/// <param name="Y">Mean over seeds.</param>
/// <param name="Deviation">Sample standard deviation over seeds; null below two, or where none is to be shown.</param>
public sealed record PlotPoint(double X, double Y, double? Deviation);
