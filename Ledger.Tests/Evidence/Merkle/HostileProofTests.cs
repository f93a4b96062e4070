using CsCheck;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Merkle;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Merkle;

/// <summary>A prover who answers with everything but the proof.</summary>
public class HostileProofTests
{
    private static readonly NaiveTree Tree = new(200), Other = new(200, salt: "other");

    private static readonly ContentHash Foreign = MerkleHash.Leaf("nowhere"u8);

    private static readonly long[] Numbers = [long.MinValue, -1, 0, 1, 2, 63, 64, 1L << 31, 1L << 62, long.MaxValue - 1, long.MaxValue];

    private static readonly Gen<(int Lesser, int Greater)> TwoSizes =
        Gen.Select(Gen.Int[0, 199], Gen.Int[1, 200]).Where((a, b) => a < b).Select((a, b) => (a, b));

    [Fact]
    public void No_other_path_proves_inclusion() =>
        TwoSizes.Sample((index, size) =>
        {
            ContentHash leaf = Tree.Leaf(index), root = Tree.Root(size);
            List<ContentHash> good = Tree.Inclusion(index, size);
            InclusionProof.Fault(leaf, index, size, good, root).ShouldBeNull();
            foreach ((string what, List<ContentHash> path) in Mutations(good, leaf, root))
                InclusionProof.Fault(leaf, index, size, path, root).ShouldNotBeNullOrEmpty($"{what}, {index} of {size}");
        }, iter: 100);

    [Fact]
    public void No_other_leaf_index_or_root_is_proved_by_a_path() =>
        TwoSizes.Sample((index, size) =>
        {
            ContentHash leaf = Tree.Leaf(index), root = Tree.Root(size);
            List<ContentHash> path = Tree.Inclusion(index, size);
            foreach (long wrong in Numbers.Append(index - 1).Append(index + 1).Append(index ^ 2).Append(~(long)index).Where(n => n != index))
                InclusionProof.Fault(leaf, wrong, size, path, root).ShouldNotBeNullOrEmpty($"index {wrong} for {index} of {size}");
            foreach (long wrong in new[] { size * 2L, size / 2, 0, -size, long.MinValue, 1L << 62, long.MaxValue })
                InclusionProof.Fault(leaf, index, wrong, path, root).ShouldNotBeNullOrEmpty($"size {wrong} for {index} of {size}");
            foreach (ContentHash wrong in new[] { Flipped(leaf, index), Foreign, root, default, Tree.Leaf((index + 1) % 200) }.Where(h => h != leaf))
                InclusionProof.Fault(wrong, index, size, path, root).ShouldNotBeNullOrEmpty($"another leaf, {index} of {size}");
            foreach (ContentHash wrong in new[] { Flipped(root, size), Foreign, MerkleHash.Empty, default, Other.Root(size), Tree.Root(size - 1) })
                InclusionProof.Fault(leaf, index, size, path, wrong).ShouldNotBeNullOrEmpty($"another root, {index} of {size}");
        }, iter: 100);

    [Fact]
    public void The_proof_of_another_leaf_is_no_proof()
    {
        foreach (int other in Enumerable.Range(0, 21).Where(i => i != 7))
        {
            InclusionProof.Fault(Tree.Leaf(7), 7, 21, Tree.Inclusion(other, 21), Tree.Root(21)).ShouldNotBeNull();
            InclusionProof.Fault(Tree.Leaf(7), other, 21, Tree.Inclusion(other, 21), Tree.Root(21)).ShouldNotBeNull();
        }
    }

    // Second preimages: without the prefixes of leaf and node, a node's children would be a leaf's bytes.
    [Fact]
    public void An_inner_node_is_no_leaf()
    {
        ContentHash node = Tree.Node(new TreeNode(1, 0));
        InclusionProof.Fault(node, 0, 4, [Tree.Node(new TreeNode(1, 1))], Tree.Root(4)).ShouldNotBeNull();
        byte[] children = [.. Tree.Leaf(0).ToBytes(), .. Tree.Leaf(1).ToBytes()];
        MerkleHash.Leaf(children).ShouldNotBe(node);
    }

    [Fact]
    public void No_other_path_proves_consistency() =>
        TwoSizes.Where((first, _) => first > 0).Sample((first, second) =>
        {
            ContentHash firstRoot = Tree.Root(first), secondRoot = Tree.Root(second);
            List<ContentHash> good = Tree.Consistency(first, second);
            ConsistencyProof.Fault(first, second, firstRoot, secondRoot, good).ShouldBeNull();
            foreach ((string what, List<ContentHash> path) in Mutations(good, firstRoot, secondRoot))
                ConsistencyProof.Fault(first, second, firstRoot, secondRoot, path).ShouldNotBeNullOrEmpty($"{what}, {first} to {second}");
        }, iter: 100);

    [Fact]
    public void No_other_sizes_or_roots_are_proved_consistent_by_a_path() =>
        TwoSizes.Where((first, _) => first > 0).Sample((first, second) =>
        {
            ContentHash firstRoot = Tree.Root(first), secondRoot = Tree.Root(second);
            List<ContentHash> path = Tree.Consistency(first, second);
            foreach (long wrong in Numbers.Append(first - 1).Append(first + 1).Append(first ^ 2).Append(-first).Where(n => n != first))
                ConsistencyProof.Fault(wrong, second, firstRoot, secondRoot, path).ShouldNotBeNullOrEmpty($"first {wrong} for {first} to {second}");
            foreach (long wrong in new[] { second * 2L, second / 2, 0, -second, first, long.MinValue, 1L << 62, long.MaxValue })
                ConsistencyProof.Fault(first, wrong, firstRoot, secondRoot, path).ShouldNotBeNullOrEmpty($"second {wrong} for {first} to {second}");
            ConsistencyProof.Fault(second, first, secondRoot, firstRoot, path).ShouldNotBeNullOrEmpty();
            ConsistencyProof.Fault(first, second, secondRoot, firstRoot, path).ShouldNotBeNullOrEmpty();
            foreach (ContentHash wrong in new[] { Flipped(firstRoot, first), Foreign, MerkleHash.Empty, default, Other.Root(first) })
                ConsistencyProof.Fault(first, second, wrong, secondRoot, path).ShouldNotBeNullOrEmpty($"another first root, {first} to {second}");
            foreach (ContentHash wrong in new[] { Flipped(secondRoot, second), Foreign, MerkleHash.Empty, default, Other.Root(second) })
                ConsistencyProof.Fault(first, second, firstRoot, wrong, path).ShouldNotBeNullOrEmpty($"another second root, {first} to {second}");
        }, iter: 100);

    [Fact]
    public void Trees_of_one_size_and_of_none_are_held_to_their_roots()
    {
        ContentHash root = Tree.Root(5), other = Other.Root(5);
        ConsistencyProof.Fault(5, 5, root, other, []).ShouldNotBeNull().ShouldContain("two trees of 5 leaves");
        ConsistencyProof.Fault(5, 5, root, root, [root]).ShouldNotBeNull().ShouldContain("has 1 elements, expected 0");
        ConsistencyProof.Fault(0, 5, MerkleHash.Empty, root, []).ShouldBeNull();
        ConsistencyProof.Fault(0, 5, MerkleHash.Empty, root, [root]).ShouldNotBeNull();
        ConsistencyProof.Fault(0, 5, other, root, []).ShouldNotBeNull().ShouldContain("a tree without leaves has the root");
        ConsistencyProof.Fault(0, 0, MerkleHash.Empty, MerkleHash.Empty, []).ShouldBeNull();
        ConsistencyProof.Fault(0, 0, other, other, []).ShouldNotBeNull();
        ConsistencyProof.Fault(0, 0, MerkleHash.Empty, other, []).ShouldNotBeNull();
    }

    [Fact]
    public void A_fault_says_what_was_found_and_what_was_expected()
    {
        InclusionProof.Fault(Tree.Leaf(1), 9, 8, [], Tree.Root(8)).ShouldBe("there is no leaf 9 in a tree of 8 leaves");
        InclusionProof.Fault(Tree.Leaf(1), 1, 8, [Foreign], Tree.Root(8)).ShouldBe("the path of leaf 1 in a tree of 8 leaves has 1 elements, expected 3");
        InclusionProof.Fault(Tree.Leaf(1), 0, 1, [Foreign], Tree.Root(1)).ShouldBe("the path of leaf 0 in a tree of 1 leaves has 1 elements, expected 0");
        InclusionProof.Fault(Tree.Leaf(0), 0, 1, [], Foreign).ShouldBe($"the path leads to the root {Tree.Leaf(0)}, expected {Foreign}");
        ConsistencyProof.Fault(9, 8, Foreign, Foreign, []).ShouldBe("a tree of 9 leaves is not the beginning of one of 8 leaves");
        ConsistencyProof.Fault(3, 8, Foreign, Foreign, []).ShouldBe("the path from 3 to 8 leaves has 0 elements, expected 4");
        ConsistencyProof.Fault(3, 8, Foreign, Tree.Root(8), Tree.Consistency(3, 8))
            .ShouldBe($"the path leads to the first root {Tree.Root(3)}, expected {Foreign}");
        ConsistencyProof.Fault(3, 8, Tree.Root(3), Foreign, Tree.Consistency(3, 8))
            .ShouldBe($"the path leads to the second root {Tree.Root(8)}, expected {Foreign}");
    }

    [Fact]
    public void Nothing_a_stranger_sends_is_answered_by_an_exception()
    {
        Gen<long> number = Gen.OneOf(Gen.Int[0, Numbers.Length - 1].Select(i => Numbers[i]), Gen.Long, Gen.Long[0, 20]);
        Gen<ContentHash[]> path = Gen.Byte.Array[32].Select(bytes => ContentHash.FromDigest(bytes)).Array[0, 70];
        Gen.Select(number, number, path).Sample((a, b, elements) =>
        {
            InclusionProof.Fault(Foreign, a, b, elements, Tree.Root(3)).ShouldNotBeNullOrEmpty();
            ConsistencyProof.Fault(a, b, Foreign, Tree.Root(3), elements).ShouldNotBeNullOrEmpty();
        });
    }

    private static IEnumerable<(string What, List<ContentHash> Path)> Mutations(List<ContentHash> good, ContentHash one, ContentHash two)
    {
        foreach (ContentHash extra in new[] { one, two, Foreign, default }.Concat(good.Take(1)))
        {
            yield return ("an element added at the front", [extra, .. good]);
            yield return ("an element added at the end", [.. good, extra]);
        }
        for (int i = 0; i < good.Count; i++)
        {
            yield return ($"element {i} missing", [.. good[..i], .. good[(i + 1)..]]);
            yield return ($"element {i} twice", [.. good[..i], good[i], .. good[i..]]);
            yield return ($"element {i} replaced", [.. good[..i], Foreign, .. good[(i + 1)..]]);
            foreach (int bit in new[] { 0, 100, 255 })
                yield return ($"bit {bit} of element {i}", [.. good[..i], Flipped(good[i], bit), .. good[(i + 1)..]]);
            if (i > 0)
                yield return ($"elements {i - 1} and {i} swapped", [.. good[..(i - 1)], good[i], good[i - 1], .. good[(i + 1)..]]);
            if (i > 0)
                yield return ($"element {i} in the place of {i - 1}", [.. good[..(i - 1)], good[i], good[i], .. good[(i + 1)..]]);
        }
        if (good.Count > 0)
            yield return ("nothing", []);
        if (good.Count > 1)
            yield return ("everything from the back", [.. Enumerable.Reverse(good)]);
        yield return ("far too much", [.. Enumerable.Repeat(Foreign, 5000)]);
    }

    private static ContentHash Flipped(ContentHash hash, int bit)
    {
        byte[] bytes = hash.ToBytes();
        bytes[bit / 8 % 32] ^= (byte)(1 << bit % 8);
        return ContentHash.FromDigest(bytes);
    }
}
