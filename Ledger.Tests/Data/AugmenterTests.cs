using Ledger.Runner.Data;
using Ledger.Tests.Torch;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace Ledger.Tests.Data;

public class AugmenterTests : TorchTests
{
    private static readonly Augmenter Both = new(new(PadCrop: 2, Flip: true), Seed: 11);

    [Fact]
    public void An_example_is_changed_the_same_in_whatever_batch_it_stands()
    {
        using var images = Images();
        using var scope = NewDisposeScope();
        var all = images.Rows(tensor(new long[] { 0, 1, 2, 3 }), epoch: 5);
        var other = images.Rows(tensor(new long[] { 3, 1 }), epoch: 5);

        other.Pixels[0].equal(all.Pixels[3]).all().item<bool>().ShouldBeTrue();
        other.Pixels[1].equal(all.Pixels[1]).all().item<bool>().ShouldBeTrue();
        other.Labels.data<long>().ShouldBe([3, 1]);
        other.Pixels.shape.ShouldBe([2, 2, 5, 4]);
    }

    [Fact]
    public void Epochs_seeds_and_examples_are_told_apart()
    {
        var changes = from seed in new ulong[] { 1, 2 }
                      from epoch in Enumerable.Range(0, 20)
                      from index in Enumerable.Range(0, 20)
                      select new Augmenter(Both.Spec with { PadCrop = 64 }, seed).Of(epoch, index);

        changes.Distinct().Count().ShouldBeGreaterThan(780);
    }

    [Fact]
    public void Every_place_and_both_sides_are_as_likely()
    {
        Augmenter.Change[] changes = [.. Enumerable.Range(0, 20_000).Select(index => Both.Of(epoch: 1, index))];

        changes.Average(change => change.Mirrored ? 1 : 0).ShouldBe(0.5, 0.015);
        foreach (var axis in new Func<Augmenter.Change, int>[] { change => change.Down, change => change.Right })
        {
            var counts = changes.CountBy(axis).ToDictionary();
            counts.Keys.Order().ShouldBe([-2, -1, 0, 1, 2]);
            counts.Values.ShouldAllBe(count => Math.Abs(count - 4000) < 250);
        }
    }

    [Fact]
    public void Pixels_move_by_what_was_drawn_and_black_comes_in()
    {
        using var images = Images();
        using var scope = NewDisposeScope();
        var rows = tensor(new long[] { 0, 1, 2, 3 });
        var before = images.Rows(rows).Pixels;

        for (var epoch = 0; epoch < 12; epoch++)
        {
            var after = images.Rows(rows, epoch).Pixels;
            for (var index = 0; index < 4; index++)
                after[index].allclose(Expected(before[index], Both.Of(epoch, index)), 0, 0).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(null, true)]
    [InlineData(64, null)]
    public void Each_part_can_stand_alone_and_a_crop_may_miss_the_image(int? pad, bool? flip)
    {
        using var scope = NewDisposeScope();
        var batch = new Batch(ones(64, 1, 3, 3), zeros(64, int64), [.. Enumerable.Range(0, 64).Select(index => (long)index)]);

        var after = new Augmenter(new(pad, flip), 1).Apply(batch, 0).Pixels;

        after.sum().item<float>().ShouldBeInRange(0, 64 * 9);
        (after.sum().item<float>() < 64 * 9).ShouldBe(pad is not null);
    }

    [Fact]
    public void Without_an_augmenter_an_epoch_sees_the_examples_as_they_are()
    {
        using var images = new ExampleTensors(Examples());
        using var scope = NewDisposeScope();
        var rows = tensor(new long[] { 2, 0 });

        images.Rows(rows, 3).Pixels.equal(images.Rows(rows).Pixels).all().item<bool>().ShouldBeTrue();
    }

    /// <summary>By torch's own padding, cropping and flipping.</summary>
    private static Tensor Expected(Tensor image, Augmenter.Change change)
    {
        var padded = nn.functional.pad(image, [2, 2, 2, 2]);
        var crop = padded.narrow(1, 2 - change.Down, image.shape[1]).narrow(2, 2 - change.Right, image.shape[2]);
        return change.Mirrored ? crop.flip(2) : crop;
    }

    private static ExampleTensors Images() => new(Examples(), Both);

    private static Examples Examples() => new([2, 5, 4], 10, [.. Enumerable.Range(0, 160).Select(value => (byte)(value + 1))], [0, 1, 2, 3], [0, 1, 2, 3]);
}
