using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Data;

public sealed class ExamplesTests : IDisposable
{
    private static readonly ExamplesSpec All = new("tiny", "train", First: null);

    private readonly TinyData tiny = new();

    public void Dispose() => tiny.Dispose();

    [Fact]
    public void A_split_is_read_whole_and_in_order()
    {
        var train = Read(All);

        train.Shape.ShouldBe([1, 2, 2]);
        train.Count.ShouldBe(10);
        train.Labels.ShouldBe([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        Read(All with { Split = "test" }).Count.ShouldBe(4);
    }

    [Fact]
    public void The_first_examples_keep_their_pixels_labels_and_indices()
    {
        var first = Read(All with { First = 2 });

        first.Pixels.ShouldBe([0, 0, 0, 0, 1, 1, 1, 1]);
        first.Indices.ShouldBe([0, 1]);
    }

    [Fact]
    public void Held_out_examples_and_the_others_make_up_the_split()
    {
        var holdOut = new HoldOut(3, Seed: 1);
        var held = Read(All with { HoldOut = holdOut, Held = true });
        var others = Read(All with { HoldOut = holdOut });

        held.Indices.Length.ShouldBe(3);
        held.Indices.Concat(others.Indices).Order().ShouldBe(Enumerable.Range(0, 10));
        held.Labels.Select(label => (int)label).ShouldBe(held.Indices);
        others.Pixels.Chunk(4).Select(image => (int)image[0]).ShouldBe(others.Indices);
    }

    [Fact]
    public void First_counts_after_the_hold_out()
    {
        var others = Read(All with { HoldOut = new(3, 1) });

        Read(All with { HoldOut = new(3, 1), First = 2 }).Indices.ShouldBe(others.Indices[..2]);
    }

    [Fact]
    public void The_hold_out_depends_on_its_seed_only()
    {
        Permutation.Of(1000, 7).ShouldBe(Permutation.Of(1000, 7));
        Permutation.Of(1000, 7).ShouldNotBe(Permutation.Of(1000, 8));
        Permutation.Of(1000, 7).Order().ShouldBe(Enumerable.Range(0, 1000));
    }

    [Fact]
    public void The_permutation_is_pinned_for_good() => Permutation.Of(10, 0).ShouldBe([4, 5, 0, 9, 7, 3, 8, 1, 2, 6]);

    [Fact]
    public void The_digest_is_pinned_for_good() => Read(All).Digest().ToString().ShouldBe("c5e5acdb5b885e903d3e1746a91fba1619352fdbb9497765be313c8c800fbf74");

    [Fact]
    public void The_digest_sees_pixels_labels_shape_and_classes()
    {
        var examples = Read(All);
        byte[] otherPixels = [1, .. examples.Pixels[1..]];
        byte[] otherLabels = [1, .. examples.Labels[1..]];
        Examples[] others =
        [
            examples with { Pixels = otherPixels },
            examples with { Labels = otherLabels },
            examples with { Shape = [1, 1, 4] },
            examples with { Classes = 11 },
        ];

        others.Append(examples).Select(each => each.Digest()).Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public void More_examples_than_there_are_is_bad_input() =>
        Should.Throw<BadInput>(() => Read(All with { First = 11 })).Message.ShouldContain("found 10 examples, expected at least 11");

    [Fact]
    public void Nothing_may_be_left_to_train_on() => Should.Throw<BadInput>(() => Read(All with { HoldOut = new(10, 1) }));

    public static TheoryData<ExamplesSpec> Senseless =>
    [
        All with { Split = "validation" },
        All with { First = 0 },
        All with { First = -1 },
        All with { HoldOut = new(0, 1) },
        All with { Held = true },
    ];

    [Theory]
    [MemberData(nameof(Senseless))]
    public void A_senseless_selection_is_bad_input(ExamplesSpec spec) => Should.Throw<BadInput>(() => Read(spec));

    [Fact]
    public void Images_and_labels_must_be_as_many()
    {
        tiny.Write("train", images: 10, labels: 9);

        Should.Throw<BadInput>(() => Read(All)).Message.ShouldContain("found 9 labels, expected 10");
    }

    [Fact]
    public void A_label_beyond_the_classes_is_bad_input()
    {
        File.WriteAllBytes(Path.Combine(tiny.Folder, "t10k-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 10, 2]);

        Should.Throw<BadInput>(() => Read(All with { Split = "test" })).Message.ShouldContain("label 10 in row 2");
    }

    private Examples Read(ExamplesSpec spec) => Examples.Read(tiny.Location, spec);
}
