namespace Ledger.Runner.Bench.DeterminismMatrix;

/// <summary>The experiment of the matrix: every kind of step, method and attack there is, at two scales, <c>small</c> and <c>full</c>.</summary>
public static class MatrixSpec
{
    public const string Name = "determinism";

    public static string Yaml { get; } = Read();

    /// <summary>The same steps under another name, computed with so many threads.</summary>
    public static string WithThreads(int threads) =>
        Yaml.Replace($"experiment: {Name}\n", $"experiment: {Name}-{threads}-threads\nthreads: {threads}\n", StringComparison.Ordinal);

    private static string Read()
    {
        using var stream = typeof(MatrixSpec).Assembly.GetManifestResourceStream("determinism.yaml")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
