using System.Text;
using Ledger.Domain;
using Ledger.Runner.Experiments;
using Ledger.Tests.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Fuzzing;

public sealed class YamlFuzzTests
{
    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ": ", ", ", "\n", "\n  ", "- ", "? ", "$", "$compress", "&a ", "*a", "!!binary ", "!x ", "!<tag:x> ", "<<: ", "|\n", ">-\n", "---\n", "...\n",
        "%YAML 1.2\n", "%TAG ! x:\n", "\"", "'", "#", "\t", "\0", "\ud800", "\\x", "\\U0010ffff", "\\uD800", "\u2028", "\ufeff", "\r", "each: [", "when: ", " is not ", " in [", "like: ",
        "1/0", "0/1", "-1", "1e999", "1e-999", "0x10", "inf", ".nan", "99999999999999999999", "100%", "0*eps/steps", "AKIAIOSFODNN7EXAMPLE", "password: ", "token=", "--token x", "://a:b@", "eyJ",
        "each: [1, 2, 3, 4, 5, 6, 7, 8, 9]", "seeds: [1..9]", new string('{', 40), new string('[', 40), new string('a', 2000),
    ];

    [Fact]
    public async Task An_experiment_file_is_planned_or_refused() =>
        await Fuzz.Reader(Mutations.Of([Encoding.UTF8.GetBytes(Specs.Small), File.ReadAllBytes(Specs.Quickstart)], Tokens), few: 200, Plan, IsRefusal);

    [Fact]
    public async Task So_is_a_file_on_disk()
    {
        using var file = new ScratchFile("my.yaml");
        await Fuzz.Reader(Mutations.Of([Encoding.UTF8.GetBytes(Specs.Small)], [.. Tokens, "\u00ff"]), few: 60, bytes => ReadSpec.Read(file.With(bytes)), IsRefusal);
    }

    [Theory]
    [InlineData("{a: ", 200_000)]
    [InlineData("[", 1_000_000)]
    [InlineData("- - - - ", 100_000)]
    [InlineData("? ", 400_000)]
    [InlineData("a: &a [*a, *a]\n", 60_000)]
    [InlineData("!!str ", 100_000)]
    [InlineData("a: AKIAIOSFODNN7EXAMPLE\n", 15_000)]
    [InlineData("password=hunter22 ", 50_000)]
    [InlineData("--a-", 200_000)]
    [InlineData("eyJ", 300_000)]
    [InlineData("https://", 100_000)]
    [InlineData("A_", 400_000)]
    [InlineData("pwd=;", 200_000)]
    [InlineData("secret: a-", 100_000)]
    [InlineData("secret=abcd", 90_000)]
    [InlineData("-eyJaaaaaaaa", 80_000)]
    [InlineData("password: '", 90_000)]
    [InlineData("password:\\\"x", 80_000)]
    [InlineData("authorization: ", 60_000)]
    [InlineData("bearer ", 140_000)]
    [InlineData("-----BEGIN PRIVATE KEY-----", 30_000)]
    [InlineData("-----BEGIN A B ", 60_000)]
    [InlineData("'", 1_000_000)]
    [InlineData("\"\\", 500_000)]
    [InlineData("#\n", 500_000)]
    [InlineData("\u0085", 500_000)]
    [InlineData("k: v\n", 200_000)]
    [InlineData("%TAG !a! b:\n", 80_000)]
    [InlineData("|\n", 500_000)]
    public void A_file_of_one_thing_over_and_over_is_refused_soon(string piece, int times)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, times)))[..Math.Min(ReadSpec.Largest, Encoding.UTF8.GetByteCount(piece) * times)];
        Fuzz.Read(text, Plan, IsRefusal);
    }

    private static void Plan(byte[] bytes) =>
        ReadSpec.Parse("my.yaml", Encoding.UTF8.GetString(bytes).Replace('\ufffd', '\ud800')).Runs.ShouldNotBeEmpty();

    private static bool IsRefusal(Exception exception) => exception is BadInput { Problems.Count: > 0 and <= 100 };
}
