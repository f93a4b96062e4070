using CsCheck;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Evidence.Merkle;
using Ledger.Domain.Evidence.Seals;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Seals;

public class TreeHeadTests
{
    private const string Root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    [Fact]
    public void The_body_is_three_lines()
    {
        var head = new TreeHead("ledger.example/lab", 0, MerkleHash.Empty);
        head.Body.ShouldBe($"ledger.example/lab\n0\n{Root}\n");
        TreeHead.Parse(head.Body).ShouldBe(head);
        new TreeHead("a b", long.MaxValue, MerkleHash.Empty).Body.ShouldStartWith("a b\n9223372036854775807\n");
    }

    [Fact]
    public void Extensions_are_kept_and_belong_to_the_head()
    {
        var head = TreeHead.Parse($"o\n7\n{Root}\nfirst\nsecond\n");
        head.Extensions.ShouldBe(["first", "second"]);
        head.Body.ShouldBe($"o\n7\n{Root}\nfirst\nsecond\n");
        head.ShouldBe(new TreeHead("o", 7, MerkleHash.Empty, "first", "second"));
        head.ShouldNotBe(new TreeHead("o", 7, MerkleHash.Empty, "first"));
    }

    [Theory]
    [InlineData("", "line 1: found fewer lines")]
    [InlineData("o\n7\n", "line 3: found fewer lines")]
    [InlineData($"o\n7\n{Root}", "found fewer lines")]
    [InlineData($"\n7\n{Root}\n", "line 1: found an empty line")]
    [InlineData($"o\n7\n{Root}\n\n", "line 4: found an empty line")]
    [InlineData($"o\n7\n{Root}\n\next\n", "line 4: found an empty line")]
    [InlineData($"o\r\n7\r\n{Root}\r\n", "line 1: found a control character")]
    [InlineData($"o\n07\n{Root}\n", "line 2: found '07', expected a number of leaves below 2^63, without leading zeros")]
    [InlineData($"o\n00\n{Root}\n", "line 2: found '00'")]
    [InlineData($"o\n+7\n{Root}\n", "line 2: found '+7'")]
    [InlineData($"o\n-7\n{Root}\n", "line 2: found '-7'")]
    [InlineData($"o\n-0\n{Root}\n", "line 2: found '-0'")]
    [InlineData($"o\n 7\n{Root}\n", "line 2: found ' 7'")]
    [InlineData($"o\n7 \n{Root}\n", "line 2: found '7 '")]
    [InlineData($"o\n7.0\n{Root}\n", "line 2: found '7.0'")]
    [InlineData($"o\n1e3\n{Root}\n", "line 2: found '1e3'")]
    [InlineData($"o\n0x7\n{Root}\n", "line 2: found '0x7'")]
    [InlineData($"o\n٧\n{Root}\n", "line 2: found '٧'")]
    [InlineData($"o\n9223372036854775808\n{Root}\n", "line 2: found '9223372036854775808'")]
    [InlineData("o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", "line 3: found '47DE")]
    [InlineData("o\n7\n47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=\n", "line 3: found '47DE")]
    [InlineData("o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", "line 3: found '47DE")]
    [InlineData("o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n", "expected the base64 (RFC 4648 §4) of a root of 32 bytes")]
    [InlineData("o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA\n", "line 3: found '47DE")]
    [InlineData("o\n7\n47DEQpj8HBSa+/TImW+5 JCeuQeRkm5NMpJWZG3hSuFU=\n", "line 3: found '47DE")]
    public void Any_other_text_is_refused_with_its_line(string body, string what) =>
        Should.Throw<BadInput>(() => TreeHead.Parse(body)).Message.ShouldContain(what);

    [Fact]
    public void A_head_that_could_not_be_read_again_cannot_be_made()
    {
        foreach (string line in new[] { "", "a\nb", "a\tb", "a\r", "\0", "\udfff" })
        {
            Should.Throw<BadInput>(() => new TreeHead(line, 1, MerkleHash.Empty)).Message.ShouldContain("line 1");
            Should.Throw<BadInput>(() => new TreeHead("o", 1, MerkleHash.Empty, line)).Message.ShouldContain("line 4");
            Should.Throw<BadInput>(() => TreeHead.Parse($"{line}\n7\n{Root}\n")).Message.ShouldContain("found");
        }
        Should.Throw<BadInput>(() => new TreeHead("", -1, MerkleHash.Empty)).Problems.Count.ShouldBe(2);
    }

    [Fact]
    public void What_can_be_made_is_read_as_it_was() =>
        Gen.Select(Gen.String, Gen.Long, Gen.Byte.Array[32], Gen.String.Array[0, 3]).Sample((origin, size, root, extensions) =>
        {
            TreeHead head;
            try
            {
                head = new TreeHead(origin, size, ContentHash.FromDigest(root), extensions);
            }
            catch (BadInput)
            {
                return;
            }
            var read = TreeHead.Parse(head.Body);
            (read.Origin, read.Size, read.Root).ShouldBe((origin, size, ContentHash.FromDigest(root)));
            read.Extensions.ShouldBe(extensions);
        });
}
