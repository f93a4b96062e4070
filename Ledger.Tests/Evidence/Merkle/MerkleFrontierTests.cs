using System.Numerics;
using CsCheck;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Merkle;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Merkle;

public class MerkleFrontierTests
{
    [Fact]
    public void After_every_leaf_the_root_is_that_of_the_definition()
    {
        var tree = new NaiveTree(130);
        var frontier = new MerkleFrontier();
        for (int size = 0; size <= tree.Size; size++)
        {
            frontier.Size.ShouldBe(size);
            frontier.Root().ShouldBe(tree.Root(size));
            frontier.Nodes.ShouldBe(MerkleFrontier.Cover(size).Select(tree.Node));
            if (size < tree.Size)
                frontier.Append(tree.Leaf(size));
        }
    }

    [Fact]
    public void Every_complete_subtree_is_reported_once_and_as_soon_as_it_is_complete()
    {
        var tree = new NaiveTree(70);
        var frontier = new MerkleFrontier();
        var reported = new Dictionary<TreeNode, ContentHash>();
        foreach (ContentHash leaf in tree.Leaves)
        {
            frontier.Append(leaf, reported.Add);
            int expected = Enumerable.Range(1, 7).Sum(level => (int)(frontier.Size >> level));
            reported.Count.ShouldBe(expected);
        }
        foreach ((TreeNode node, ContentHash hash) in reported)
            hash.ShouldBe(tree.Node(node), node.ToString());
    }

    [Fact]
    public void A_frontier_from_nodes_goes_on_the_same() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[0, 60]).Sample((before, after) =>
        {
            var tree = new NaiveTree(before + after, salt: "x");
            var whole = new MerkleFrontier();
            foreach (ContentHash leaf in tree.Leaves.Take(before))
                whole.Append(leaf);
            var resumed = MerkleFrontier.From(whole.Size, whole.Nodes);
            foreach (ContentHash leaf in tree.Leaves.Skip(before))
            {
                var fromWhole = new List<(TreeNode, ContentHash)>();
                var fromResumed = new List<(TreeNode, ContentHash)>();
                whole.Append(leaf, (node, hash) => fromWhole.Add((node, hash)));
                resumed.Append(leaf, (node, hash) => fromResumed.Add((node, hash)));
                fromResumed.ShouldBe(fromWhole);
            }
            return resumed.Root() == tree.Root(before + after) && resumed.Size == whole.Size && resumed.Nodes.SequenceEqual(whole.Nodes);
        }, iter: 50);

    [Fact]
    public void A_leaf_whose_nodes_could_not_be_kept_is_not_appended()
    {
        var tree = new NaiveTree(4);
        var frontier = new MerkleFrontier();
        foreach (ContentHash leaf in tree.Leaves.Take(3))
            frontier.Append(leaf);
        Should.Throw<IOException>(() => frontier.Append(tree.Leaf(3), (node, _) => { if (node.Level == 2) throw new IOException(); }));
        frontier.Size.ShouldBe(3);
        frontier.Root().ShouldBe(tree.Root(3));
        frontier.Append(tree.Leaf(3));
        frontier.Root().ShouldBe(tree.Root(4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1L << 62) - 1)]
    [InlineData(1L << 62)]
    [InlineData(long.MaxValue)]
    public void A_cover_joins_up_from_large_to_small(long size)
    {
        long next = 0;
        int level = 63;
        foreach (TreeNode node in MerkleFrontier.Cover(size))
        {
            node.Level.ShouldBeLessThan(level);
            (node.Index << node.Level).ShouldBe(next);
            next += 1L << (level = node.Level);
        }
        next.ShouldBe(size);
        MerkleFrontier.Cover(size).Count.ShouldBe(BitOperations.PopCount((ulong)size));
    }

    [Fact]
    public void Sizes_and_nodes_that_cannot_be_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => MerkleFrontier.Cover(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => MerkleFrontier.From(long.MinValue, []));
        Should.Throw<ArgumentException>(() => MerkleFrontier.From(3, [MerkleHash.Empty])).Message.ShouldContain("3 leaves has 2 complete subtrees, not 1");
        var full = MerkleFrontier.From(long.MaxValue, [.. Enumerable.Repeat(MerkleHash.Empty, 63)]);
        ContentHash root = full.Root();
        Should.Throw<OverflowException>(() => full.Append(MerkleHash.Empty));
        full.Root().ShouldBe(root);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(100_000)]
    public void Leaves_of_any_length_are_hashed_behind_a_zero_byte(int length)
    {
        byte[] entry = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        MerkleHash.Leaf(entry).ShouldBe(ContentHash.Of([0, .. entry]));
    }
}
