using System.Diagnostics;
using System.Text;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Runner.Environments;
using Ledger.Runner.Torch;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Environments;

public class EnvironmentTests
{
    private static readonly EnvironmentClass Class = new(
        "2.10.0", "cpu", "AuthenticAMD", "avx2", 1, "cpu",
        new Dictionary<string, bool> { ["deterministic-algorithms"] = true }, new Dictionary<string, string>());

    private static readonly TorchFacts Torch = new("2.10.0", "cpu", "AVX2", 2, DeterministicAlgorithms: true, ConvolutionPath.Native, Configuration: "");

    [Fact]
    public void A_class_is_pinned() =>
        Class.Digest().ShouldBe(ContentHash.Of("""
            {"scheme":"ledger/environment-class/1","value":{"cpuIsa":"avx2","cpuVendor":"AuthenticAMD","device":"cpu","flags":{"deterministic-algorithms":true},"libTorch":"2.10.0","libTorchFlavour":"cpu","threads":1,"variables":{}}}
            """u8));

    [Theory]
    [InlineData(ConvolutionPath.Native, "deterministic-algorithms=True")]
    [InlineData(ConvolutionPath.Filled, "deterministic-algorithms=True filled-convolutions=True")]
    [InlineData(ConvolutionPath.WithoutOneDnn, "deterministic-algorithms=True onednn=False")]
    public void How_convolutions_are_computed_is_part_of_the_class_where_it_is_not_the_usual_way(ConvolutionPath path, string flags) =>
        string.Join(' ', EnvironmentCapture.Capture(Torch with { Convolutions = path }, "/").Class.Flags.Select(flag => $"{flag.Key}={flag.Value}")).ShouldBe(flags);

    [Fact]
    public void Differences_name_the_fields_of_the_class_and_the_rest()
    {
        EnvironmentFacts a = Facts(Class), b = Facts(Class with { Threads = 2 }) with { Kernel = "7" };
        a.Differences(b).ShouldBe([new("class.threads", "1", "2"), new("kernel", "\"6\"", "\"7\"")]);
    }

    [Fact]
    public void Only_variables_that_change_bits_are_kept() =>
        BitChangingVariables.Among(new Dictionary<string, string>
        {
            ["LEDGER_POSTGRES"] = "Host=db;Password=secret",
            ["AWS_SECRET_ACCESS_KEY"] = "secret",
            ["MKL_CBWR"] = "AVX2",
            ["OMP_NUM_THREADS"] = "",
        }).ShouldBe(new Dictionary<string, string> { ["MKL_CBWR"] = "AVX2" });

    [Theory]
    [InlineData("fpu sse4_1 avx avx2 fma avx512f avx512bw avx512dq avx512vl avx512_vnni", "avx512-vnni")]
    [InlineData("fpu sse4_1 avx avx2 fma avx512f", "avx2")]
    [InlineData("fpu sse4_1 avx", "avx")]
    [InlineData("fp asimd", "baseline")]
    public void The_ISA_level_is_the_widest_that_is_complete(string flags, string level) =>
        IsaLevels.Of(flags.Split(' ').ToHashSet()).ShouldBe(level);

    [Fact]
    public void The_first_processor_speaks_for_the_machine()
    {
        CpuInfo cpu = CpuInfo.Parse("processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon: 8\nflags\t\t: fpu avx\n\nprocessor\t: 1\nvendor_id\t: Other\n");
        cpu.Vendor.ShouldBe("GenuineIntel");
        cpu.Model.ShouldBe("Xeon: 8");
        cpu.Flags.ShouldBe(["fpu", "avx"], ignoreOrder: true);
        CpuInfo.Parse("").ShouldSatisfyAllConditions(none => none.Vendor.ShouldBeNull(), none => none.Flags.ShouldBeEmpty());
    }

    [Fact]
    public void This_machine_can_be_captured_and_written()
    {
        EnvironmentFacts facts = EnvironmentCapture.Capture(Torch, Path.GetTempPath());
        facts.Class.Threads.ShouldBe(2);
        facts.MemoryBytes.ShouldBeGreaterThan(0);
        facts.Packages.ShouldNotBeNull().Length.ShouldBe(64);
        facts.GitCommit.ShouldBeNull();
        facts.TorchSharp.ShouldNotBeNull().ShouldMatch(@"^0\.\d+\.\d+$");
        CanonicalJson.Bytes(facts).Length.ShouldBeInRange(100, 8192);
        facts.Differences(EnvironmentCapture.Capture(Torch, Path.GetTempPath())).ShouldBeEmpty();
    }

    [Fact]
    public void A_checkout_gives_its_commit_and_whether_it_was_changed()
    {
        string folder = Directory.CreateTempSubdirectory("ledger-git-").FullName;
        try
        {
            Git(folder, "init", "-q");
            File.WriteAllText(Path.Combine(folder, "a"), "1");
            File.WriteAllText(Path.Combine(folder, ".env"), "DB_HOST=db\nDB_PASSWORD=\n");
            Git(folder, "add", "a", ".env");
            Git(folder, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "a");
            GitState clean = GitState.Of(folder).ShouldNotBeNull();
            clean.Commit.Length.ShouldBe(40);
            clean.Dirty.ShouldBeFalse();
            GitState.Changes(folder).ShouldBeNull();
            File.WriteAllText(Path.Combine(folder, "a"), "2");
            File.WriteAllText(Path.Combine(folder, ".env"), "DB_HOST=db\nDB_PASSWORD=hunter2 and more\n");
            GitState.Of(folder).ShouldBe(clean with { Dirty = true });
            ChangesAreKept(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void ChangesAreKept(string folder)
    {
        var artifacts = new ArtifactStore(Path.Combine(folder, "objects"));
        var facts = EnvironmentCapture.WithChanges(EnvironmentCapture.Capture(Torch, folder), folder, artifacts);
        var patch = artifacts.ReadAll(ContentHash.Parse(facts.GitDiff.ShouldNotBeNull().Digest));
        Encoding.UTF8.GetString(patch).ShouldSatisfyAllConditions(
            text => text.ShouldContain("-1\n\\ No newline at end of file\n+2\n"),
            text => text.ShouldContain(" DB_HOST=db\n-DB_PASSWORD=\n+DB_PASSWORD=[redacted]\n"));
        EnvironmentCapture.WithChanges(facts with { GitDirty = false, GitDiff = null }, folder, artifacts).GitDiff.ShouldBeNull();
    }

    private static void Git(string folder, params string[] arguments)
    {
        using Process git = Process.Start("git", ["-C", folder, .. arguments]);
        git.WaitForExit();
        git.ExitCode.ShouldBe(0);
    }

    private static EnvironmentFacts Facts(EnvironmentClass @class) => new(@class, "Debian", "6", "X64", null, 2, 1 << 30, "10.0.0", "1.0.0");
}
