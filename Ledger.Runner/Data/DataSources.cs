namespace Ledger.Runner.Data;

/// <summary>The data sets this version knows by name.</summary>
public static class DataSources
{
    private const string Zalando = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";

    private const string Toronto = "https://www.cs.toronto.edu/~kriz/";

    /// <summary>What <c>source: {…}</c> can generate; nothing has to be there for them.</summary>
    public static IReadOnlyList<string> Synthetic { get; } = ["two-gaussians", "halfspace", "low-rank"];

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
        new(
            "cifar10", "50,000 + 10,000 photographs of 10 classes, 32 × 32 colour (Krizhevsky 2009); parts of the files will do",
            "ledger data --get cifar10, or put data_batch_*.bin and test_batch.bin into LEDGER_DATA/cifar10 or .ledger/data/cifar10",
            ["/usr/share/datasets/cifar10"], [], DataFormats.Cifar10,
            // The archive whose published MD5 is c32a1d4ab5d03f1284b67883e8d87530.
            new(Toronto + "cifar-10-binary.tar.gz", "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", [.. CifarDataset.Ten.Train, CifarDataset.Ten.Test])),
        new(
            "cifar100", "50,000 + 10,000 photographs of 100 classes, 32 × 32 colour (Krizhevsky 2009)",
            "ledger data --get cifar100, or put train.bin and test.bin into LEDGER_DATA/cifar100 or .ledger/data/cifar100",
            ["/usr/share/datasets/cifar100"], [], DataFormats.Cifar100,
            // The archive whose published MD5 is 03b5dce01913d631647c71ecec9e9cb8.
            new(Toronto + "cifar-100-binary.tar.gz", "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", [.. CifarDataset.Hundred.Train, CifarDataset.Hundred.Test])),
        new(
            "cifar10-jpeg", "CIFAR-10 compressed again as JPEG, an image folder: other pixels than cifar10's",
            "put train/<class>/*.jpg and test/<class>/*.jpg into LEDGER_DATA/cifar10-jpeg or .ledger/data/cifar10-jpeg",
            ["/usr/share/datasets/cifar10-jpeg"], [], DataFormats.ImageFolder),
    ];
}
