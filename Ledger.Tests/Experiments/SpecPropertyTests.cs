using CsCheck;
using Ledger.Domain;
using Ledger.Domain.Experiments;
using Ledger.Runner.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

public class SpecPropertyTests
{
    private static readonly string Quickstart = File.ReadAllText(Specs.Quickstart);

    private static readonly string[] Bits =
    [
        "{", "}", "[", "]", ":", ",", "\n", "  ", "- ", "$", "$base", "&a ", "*a", "!!x ", "each: ", "\"", "'", "#", "\t", "\0", "\ud800", "é", "١", "|\n",
        "--- ", "%YAML 1.1\n", "<<: ", "? ", "\\", "\r", "\u2028", "only: ", "0*eps/steps", "1e400/1e400", "1e-999", "99999999999999999999",
    ];

    [Fact]
    public void The_registered_form_does_not_depend_on_the_order_of_keys()
    {
        string digest = ReadSpec.Read(Specs.Quickstart).SpecDigest;
        var root = YamlTree.Read(Quickstart, new SpecProblems("q"))!;
        Gen.Int.Sample(
            seed =>
            {
                var resolved = ReadExperiment.Of(
                    Shuffled(root, new Random(seed)), "", null, [], new Supported([new ModelKind("small-cnn")], ["fashion-mnist-sample"]), new SpecProblems("q"));
                return resolved.SpecDigest == digest;
            },
            iter: 15);
    }

    [Fact]
    public void The_registered_form_does_not_depend_on_comments_and_spaces()
    {
        string digest = ReadSpec.Read(Specs.Quickstart).SpecDigest;
        string[] lines = Quickstart.Split('\n');
        Gen.Int.Array[lines.Length].Sample(
            choices =>
            {
                var changed = lines.Zip(choices, (line, choice) => (choice & 3) switch
                {
                    0 => line + "   # a remark",
                    1 => line + "  ",
                    2 => "\n# a remark\n" + line.Replace(", ", ",    "),
                    _ => line,
                });
                return Specs.Resolve(string.Join('\n', changed)).SpecDigest == digest;
            },
            iter: 30);
    }

    [Fact]
    public void A_spoilt_file_is_refused_or_read_and_nothing_else() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, Quickstart.Length - 1], Gen.Int[0, 30], Gen.Int[0, Bits.Length - 1]).Array[1, 5].Sample(
            edits =>
            {
                string text = Quickstart;
                foreach (var (kind, place, length, bit) in edits)
                    text = Spoil(text, kind, Math.Min(place, text.Length), length, Bits[bit]);
                try
                {
                    return Specs.Resolve(text).Runs.Count > 0;
                }
                catch (BadInput refused)
                {
                    return refused.Problems.Count is > 0 and <= SpecProblems.Most;
                }
            },
            iter: 400);

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("? ")]
    [InlineData("- ")]
    [InlineData("$")]
    [InlineData("k: &a [*a, *a]\n")]
    public async Task A_hostile_text_is_refused_soon(string piece)
    {
        string text = string.Concat(Enumerable.Repeat(piece, 20_000));
        var problems = await Task.Run(() => Specs.Problems(text), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        problems.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_long_value_named_often_does_not_unfold()
    {
        string values = string.Join(',', Enumerable.Repeat("1", 20_000));
        string steps = string.Concat(Enumerable.Range(0, 2000).Select(i => $"\n  s{i}: {{train: cnn, recipe: fit, adversary: {{norm: $big, eps: $big}}}}"));
        Specs.Problems(Specs.With(("seeds:", $"scales: {{big: {{a: [{values}]}}}}\nseeds:")) + steps)
            .ShouldContain(problem => problem.Found == "a matrix and steps that expand to millions of values");
    }

    private static string Spoil(string text, int kind, int place, int length, string bit)
    {
        length = Math.Min(length, text.Length - place);
        return kind switch
        {
            0 => text.Remove(place, length),
            1 => text.Insert(place, bit),
            2 => text.Insert(place, text.Substring(place, length)),
            3 => text[..place] + bit + text[(place + length)..],
            4 => length == 0 ? text : text.Replace(text.Substring(place, length), bit),
            _ => string.Join('\n', text.Split('\n').Where((_, line) => line != place % 40)),
        };
    }

    private static SpecNode Shuffled(SpecNode node, Random random) => node switch
    {
        SpecMap map => new SpecMap(map.Place, [.. map.Entries.Select(e => e with { Value = Shuffled(e.Value, random) }).OrderBy(_ => random.Next())]),
        SpecList list => new SpecList(list.Place, [.. list.Items.Select(item => Shuffled(item, random))]),
        _ => node,
    };
}
