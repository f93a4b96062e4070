namespace Ledger.Runner.Data;

/// <summary>The data sets this version knows by name.</summary>
public static class DataSources
{
    private const string Zalando = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";

    public static IReadOnlyList<DataSource> All { get; } =
    [
        new(
            "fashion-mnist-sample", "first 5,000 + 1,000 images of Fashion-MNIST; comes with the project", "part of the project",
            [Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist-sample")], []),
        new(
            "fashion-mnist", "60,000 + 10,000 images of clothes, 28 × 28 grey (Zalando, MIT licence)",
            "apt-get install dataset-fashion-mnist, or ledger data --get fashion-mnist",
            ["/usr/share/datasets/fashion-mnist"],
            [
                new("train-images-idx3-ubyte.gz", Zalando + "train-images-idx3-ubyte.gz", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
                new("train-labels-idx1-ubyte.gz", Zalando + "train-labels-idx1-ubyte.gz", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
                new("t10k-images-idx3-ubyte.gz", Zalando + "t10k-images-idx3-ubyte.gz", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
                new("t10k-labels-idx1-ubyte.gz", Zalando + "t10k-labels-idx1-ubyte.gz", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
            ]),
        new(
            "mnist", "60,000 + 10,000 handwritten digits, 28 × 28 grey",
            "put the four IDX files into LEDGER_DATA/mnist or .ledger/data/mnist", ["/usr/share/datasets/mnist"], []),
    ];
}
