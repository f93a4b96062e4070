using Ledger.Domain.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

public class SuggestionsTests
{
    [Theory]
    [InlineData("finetunes", "finetune")]
    [InlineData("adma", "adam")]
    [InlineData("Adam", "adam")]
    [InlineData("l3", "l2")]
    [InlineData("treads", "threads")]
    [InlineData("resnet", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void The_nearest_known_word_is_proposed_when_it_is_near(string word, string? near) =>
        Suggestions.Closest(word, ["finetune", "adam", "l2", "threads"]).ShouldBe(near);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Edits_are_insertions_deletions_replacements_and_swaps(string a, string b, int edits)
    {
        Suggestions.Edits(a, b).ShouldBe(edits);
        Suggestions.Edits(b, a).ShouldBe(edits);
    }

    [Theory]
    [InlineData("\u0663")]
    [InlineData("8/255\n")]
    [InlineData("1e9999")]
    [InlineData("1/0")]
    [InlineData("0x10")]
    [InlineData("1_000")]
    public void What_is_not_a_plain_number_is_none(string text) => Exact.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("0*eps")]
    [InlineData("eps/\u0663")]
    [InlineData("eps/4\n")]
    public void What_is_not_a_plain_step_size_is_none(string text) => StepSize.TryParse(text, out _).ShouldBeFalse();
}
