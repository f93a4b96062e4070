namespace Ledger.Domain.Experiments;

/// <summary>Where a data set's examples come from: a name, a folder, or <c>{halfspace: {dimension: 100, margin: 0.2, …}}</c>.</summary>
internal static class ReadSource
{
    private static readonly string[] Tasks = ["two-gaussians", "halfspace", "low-rank"];

    public static (string Source, SyntheticSpec? Synthetic) Of(SpecNode node, Lookup lookup)
    {
        if (node is SpecMap)
            return Generated(node, lookup.Problems);
        string source = ReadScalar.Text(node, lookup.Problems, "a name in the data catalog, or a folder");
        if (Tasks.Contains(source))
            lookup.Problems.Add(node, $"what is generated, for example {{{source}: {{dimension: 100, margin: 0.2, ...}}}}");
        else if (source.Length > 0 && !source.Contains('/') && !lookup.Supported.Sources.Contains(source))
            lookup.Problems.AddUnknown(node.Place, source, lookup.Supported.Sources, "a folder (with a slash) or one of");
        return (source, null);
    }

    private static (string Source, SyntheticSpec? Synthetic) Generated(SpecNode node, SpecProblems problems)
    {
        var (task, map) = Choice.Of(node, Tasks, "a synthetic task, for example {halfspace: {dimension: 100, margin: 0.2, train: 1000, test: 1000}}", problems);
        if (task is null)
            return ("", null);
        int Count(string key, string what, int most) => map.Required(key, what, n => ReadScalar.Count(n, 1, most, problems), 1);
        int dimension = Count("dimension", "pixels of an example", 1_000_000);
        int rank = task == "low-rank" ? map.Required("rank", "dimensions the examples vary in", n => ReadScalar.Count(n, 1, dimension, problems), dimension) : dimension;
        double noise = task == "two-gaussians" ? map.Required("noise", "standard deviation of each pixel", n => ReadScalar.Number(n, Range.Above(0, 1), problems), 1) : 0;
        var margin = map.Required("margin", "an L2 distance in pixels, for example 0.2", n => Margin(n, task, dimension, rank, problems), Exact.Parse("1"));
        var (train, test, seed) = (Count("train", "a number of examples", 10_000_000), Count("test", "a number of examples", 10_000_000), ReadPart.Seed(map, problems));
        map.Done(task);
        return (task, task switch
        {
            "two-gaussians" => new TwoGaussians(dimension, margin, noise, train, test, seed),
            "halfspace" => new Halfspace(dimension, margin, train, test, seed),
            _ => new LowRank(dimension, rank, margin, train, test, seed),
        });
    }

    /// <summary>
    /// The means of two Gaussians stay in the cube up to ½√dimension. For the others every twelfth draw or more keeps a margin of √3 standard
    /// deviations of the distance, which are √(dimension/12·rank) long; beyond, drawing until the margin holds would take for ever.
    /// </summary>
    private static Exact Margin(SpecNode node, string task, int dimension, int rank, SpecProblems problems)
    {
        double most = 0.5 * Math.Sqrt(task == "two-gaussians" ? dimension : (double)dimension / rank);
        return ReadScalar.Exact(node, Range.Above(0, Math.Round(most, 6, MidpointRounding.ToZero), $" for this {task}"), problems);
    }
}
