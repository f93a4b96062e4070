using CsCheck;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Merkle;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Merkle;

public class MerkleProofTests
{
    /// <summary>Every size to 20, and the neighbourhoods of powers of two to 512.</summary>
    private static IEnumerable<int> Sizes =>
        Enumerable.Range(0, 21).Concat(from n in Enumerable.Range(5, 5) from d in new[] { -1, 0, 1 } select (1 << n) + d);

    private static readonly NaiveTree Tree = new(600);

    [Fact]
    public void Every_leaf_has_the_path_of_the_definition_and_it_proves_inclusion()
    {
        foreach (int size in Sizes)
        {
            ContentHash root = Tree.Root(size);
            foreach (int index in Enumerable.Range(0, size).Where(i => size <= 65 || i % 13 == 0 || i >= size - 3))
            {
                IReadOnlyList<ContentHash> path = InclusionProof.Of(index, size, Tree.Node);
                path.ShouldBe(Tree.Inclusion(index, size), $"{index} of {size}");
                InclusionProof.Fault(Tree.Leaf(index), index, size, path, root).ShouldBeNull($"{index} of {size}");
            }
        }
    }

    [Fact]
    public void Every_pair_of_sizes_has_the_path_of_the_definition_and_it_proves_consistency()
    {
        var roots = Sizes.Distinct().ToDictionary(size => size, size => Tree.Root(size));
        foreach (((int first, ContentHash firstRoot), (int second, ContentHash secondRoot)) in
            from one in roots from two in roots where one.Key <= two.Key select (one, two))
        {
            IReadOnlyList<ContentHash> path = ConsistencyProof.Of(first, second, Tree.Node);
            path.ShouldBe(first == 0 ? [] : Tree.Consistency(first, second), $"{first} to {second}");
            ConsistencyProof.Fault(first, second, firstRoot, secondRoot, path).ShouldBeNull($"{first} to {second}");
        }
    }

    [Fact]
    public void A_path_is_made_of_complete_subtrees_that_exist_at_that_size() =>
        Gen.Long[1, long.MaxValue].SelectMany(size => Gen.Select(Gen.Const(size), Gen.Long[0, size - 1])).Sample((size, index) =>
        {
            bool Exist(IReadOnlyList<IReadOnlyList<TreeNode>> path) =>
                path.Count <= 64 && path.All(nodes => nodes.Count > 0 && nodes.All(node => node.Index <= (size >> node.Level) - 1));
            return Exist(InclusionProof.Needed(index, size)) && Exist(ConsistencyProof.Needed(index, size));
        });

    // All leaves alike: the hash of a subtree depends on its level only, so that trees of any size can be had.
    [Fact]
    public void Trees_of_any_size_are_proved()
    {
        var levels = new List<ContentHash> { MerkleHash.Leaf("same"u8) };
        while (levels.Count < 63)
            levels.Add(MerkleHash.Node(levels[^1], levels[^1]));
        ContentHash Node(TreeNode node) => levels[node.Level];
        ContentHash Root(long size) => MerkleFrontier.From(size, [.. MerkleFrontier.Cover(size).Select(Node)]).Root();
        Gen<long> sizes = Gen.OneOf(
            Gen.Long[1, long.MaxValue],
            Gen.Select(Gen.Int[0, 62], Gen.Long[-1, 1]).Select((bit, d) => Math.Max(1, (1L << bit) + d)),
            Gen.Const(long.MaxValue));
        sizes.SelectMany(size => Gen.Select(Gen.Const(size), Gen.OneOf(Gen.Long[0, size - 1], Gen.Const(size - 1), Gen.Const(0L)))).Sample((size, index) =>
            InclusionProof.Fault(levels[0], index, size, InclusionProof.Of(index, size, Node), Root(size)) is null
            && ConsistencyProof.Fault(index, size, Root(index), Root(size), ConsistencyProof.Of(index, size, Node)) is null);
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void There_is_no_path_for_a_leaf_that_is_not_there(long index, long size) =>
        Should.Throw<ArgumentOutOfRangeException>(() => InclusionProof.Needed(index, size));

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(6, 5)]
    [InlineData(0, -1)]
    [InlineData(long.MinValue, long.MinValue)]
    [InlineData(long.MaxValue, 1)]
    public void There_is_no_path_to_a_smaller_tree(long first, long second) =>
        Should.Throw<ArgumentOutOfRangeException>(() => ConsistencyProof.Needed(first, second));
}
