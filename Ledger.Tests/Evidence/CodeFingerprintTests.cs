using Ledger.Domain.Evidence;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

public sealed class CodeFingerprintTests : IDisposable
{
    private static readonly MetadataReference[] Framework =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path))];

    private const string Source = """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using System.Threading.Tasks;

        namespace Trial;

        public interface IRule { double Apply(double x); }
        public class Twice : IRule { public double Apply(double x) => x * 2; }
        public abstract class Shape { public abstract double Area(); public virtual double Edge() => 1; }
        public class Square : Shape { public override double Area() => 4; public override string ToString() => "square"; }
        public class ByLength : IComparer<string> { public int Compare(string a, string b) => a.Length - b.Length; }
        public enum Norm { L2, Linf }
        public record Settings(int Steps, Norm Norm = Norm.L2) { public int Doubled => Steps * 2; }
        public static class Table
        {
            public static readonly double[] Weights = { 0.1, 0.2, 0.3, 0.4 };
            public static ReadOnlySpan<byte> Raw => new byte[] { 1, 2, 3, 4, 5 };
        }

        public static class Step
        {
            public static int Before() => new[] { 1, 2 }.Count(i => i > 1);

            public static double Run(Settings settings, IRule rule, Shape shape)
            {
                double eps = settings.Doubled + Scale(0.5);
                Func<double, double> clip = x => Math.Min(x, eps);
                double sum = 0;
                foreach (int i in Numbers())
                    sum += clip(i) * Table.Weights[i % 4] + Table.Raw[i % 5];
                string[] names = { "bb", "a" };
                Array.Sort(names, new ByLength());
                return sum + rule.Apply(eps) + shape.Area() + LaterAsync(2).Result + Generic<double>(eps, names[0]) + Local(3);

                int Local(int n) => n == 0 ? 0 : Local(n - 1) + 1;
            }

            private static double Scale(double x, double by = 2.0) => x * by;

            private static IEnumerable<int> Numbers()
            {
                yield return 1;
                yield return 2;
            }

            private static async Task<int> LaterAsync(int n)
            {
                await Task.Yield();
                return n + 10;
            }

            private static int Generic<T>(T value, string name) => typeof(T).Name.Length + name.Length;
        }

        public static class SiblingStep
        {
            public static double Run(Settings settings) => settings.Steps * 7.0;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-code-").FullName;

    private int _builds;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_source_built_twice_is_the_same()
    {
        CodeClosure once = Fingerprint(Source), again = Fingerprint(Source);
        again.Fingerprint.ShouldBe(once.Fingerprint);
        again.Methods.ShouldBe(once.Methods);
    }

    [Theory]
    [InlineData("double eps =", "/* a comment */ double eps =")]
    [InlineData("double eps =", "\n\n    double   eps =")]
    [InlineData("public enum Norm", "\n// one\n// two\npublic enum Norm")]
    [InlineData("settings.Steps * 7.0", "settings.Steps * 8.0 + new[] { 4, 5, 6, 7, 8 }.Sum()")]
    [InlineData("public static class SiblingStep", "public static class Unrelated { public static int[] Data = { 9, 8, 7, 6 }; static string At() => \"x\"; }\npublic static class SiblingStep")]
    [InlineData("public static int Before() =>", "public static int Unrelated(int k) { Func<int, int> f = x => x + k; return f(1) + new[] { 3 }.Count(i => i < 0); }\n public static int Before() =>")]
    [InlineData("public static int Before() => new[] { 1, 2 }.Count(i => i > 1);", "")]
    [InlineData("public static int Before() =>", "public static IEnumerable<int> More() { yield return 7; }\n static async Task Wait() { await Task.Yield(); }\n public static object Made() => new { A = 1 };\n public static int Before() =>")]
    [InlineData("i => i > 1", "i => i > 0")]
    [InlineData("double sum = 0;", "double total = 0;")]
    [InlineData("public class Twice", "public class Other : IComparable<Other> { public int CompareTo(Other o) => 3; }\npublic class Twice")]
    public void What_cannot_be_reached_does_not_count(string from, string to)
    {
        string changed = Source.Replace(from, to);
        if (from.Contains("sum"))
            changed = changed.Replace("sum +", "total +").Replace("sum +=", "total +=").Replace("                    sum", "                    total");
        Fingerprint(changed).Fingerprint.ShouldBe(Fingerprint(Source).Fingerprint);
    }

    [Theory]
    [InlineData("Scale(0.5)", "Scale(0.25)")]
    [InlineData("=> x * by", "=> x + by")]
    [InlineData("double by = 2.0", "double by = 3.0")]
    [InlineData("Math.Min(x, eps)", "Math.Max(x, eps)")]
    [InlineData("Math.Min(x, eps)", "Math.Min(x, eps + 1)")]
    [InlineData("0.3, 0.4", "0.3, 0.5")]
    [InlineData("1, 2, 3, 4, 5", "1, 2, 3, 4, 6")]
    [InlineData("yield return 2;", "yield return 3;")]
    [InlineData("return n + 10;", "return n + 11;")]
    [InlineData("Local(n - 1) + 1", "Local(n - 1) + 2")]
    [InlineData("typeof(T).Name.Length +", "2 *")]
    [InlineData("Area() => 4", "Area() => 5")]
    [InlineData("Apply(double x) => x * 2", "Apply(double x) => x * 3")]
    [InlineData("a.Length - b.Length", "b.Length - a.Length")]
    [InlineData("Steps * 2", "Steps * 3")]
    [InlineData("\"bb\", \"a\"", "\"bb\", \"c\"")]
    [InlineData("Generic<double>(eps,", "Generic<float>((float)eps,")]
    [InlineData("public class ByLength", "public class Thrice : IRule { double IRule.Apply(double x) => x * 3; }\npublic class ByLength")]
    [InlineData("public class Twice", "public class Round : Shape { public override double Area() => 3; }\npublic class Twice")]
    [InlineData("await Task.Yield();", "await Task.Delay(1);")]
    public void What_can_be_reached_counts(string from, string to)
    {
        string changed = Source.Replace(from, to);
        changed.ShouldNotBe(Source);
        Fingerprint(changed).Fingerprint.ShouldNotBe(Fingerprint(Source).Fingerprint);
    }

    [Fact]
    public void The_closure_lists_what_is_inside_and_nothing_else()
    {
        string all = string.Join('\n', Fingerprint(Source).Methods);
        foreach (string inside in new[] { "Step::Run", "Step::Scale", "Twice::Apply", "Square::Area", "ByLength::Compare", "Table::.cctor", "Settings::get_Doubled" })
            all.ShouldContain(inside);
        foreach (string outside in new[] { "SiblingStep", "Before", "Edge", "PrintMembers" })
            all.ShouldNotContain(outside);
    }

    [Fact]
    public void The_versions_of_the_numeric_packages_count()
    {
        string path = Build(Source, "Trial");
        CodeFingerprint.Of([path], "Trial.Step", "Run", Packages("2.10.0")).Fingerprint
            .ShouldNotBe(CodeFingerprint.Of([path], "Trial.Step", "Run", Packages("2.10.1")).Fingerprint);
    }

    [Fact]
    public void Calls_are_followed_into_our_other_assemblies()
    {
        ContentHash Of(string body)
        {
            string library = Build($"namespace Lib {{ public class Box<T> {{ public int Size(T x) => {body}; public static int operator +(Box<T> a, int b) => b; }} }}", "Lib");
            string app = Build("public static class Entry { public static int Run() => new Lib.Box<string>().Size(\"a\"); }", "App", library);
            return CodeFingerprint.Of([app, library], "Entry", "Run", Packages("1")).Fingerprint;
        }

        Of("1").ShouldBe(Of("1"));
        Of("1").ShouldNotBe(Of("2"));
    }

    [Fact]
    public void The_names_of_an_enum_count_where_they_may_be_read()
    {
        ContentHash Of(string member, string read) => CodeFingerprint.Of(
            [Build($"public enum Kind {{ A, {member} }} public static class Entry {{ public static string Run(Kind k) => {read}; }}", "App")],
            "Entry", "Run", Packages("1")).Fingerprint;

        Of("B", "k.ToString()").ShouldNotBe(Of("C", "k.ToString()"));
        Of("B", "((int)k).ToString()").ShouldBe(Of("C", "((int)k).ToString()"));
    }

    [Fact]
    public void Two_lambdas_that_change_places_are_another_program()
    {
        ContentHash Of(string first, string second) => CodeFingerprint.Of(
            [Build($"using System; public static class Entry {{ public static int Run() {{ Func<int, int> f = {first}, g = {second}; return f(g(2)); }} }}", "App")],
            "Entry", "Run", Packages("1")).Fingerprint;

        Of("x => x + 1", "x => x * 2").ShouldNotBe(Of("x => x * 2", "x => x + 1"));
    }

    [Fact]
    public void An_entry_that_does_not_exist_is_named() =>
        Should.Throw<ArgumentException>(() => CodeFingerprint.Of([Build(Source, "Trial")], "Trial.Step", "Go", Packages("1")))
            .Message.ShouldContain("Trial.Step.Go");

    [Fact]
    public void Our_own_assemblies_can_be_followed()
    {
        string[] ours = [typeof(CodeFingerprint).Assembly.Location, typeof(Runner.Environments.EnvironmentCapture).Assembly.Location];
        string entry = typeof(Runner.Environments.EnvironmentCapture).FullName!;
        CodeFingerprint.Of(ours, entry, "Capture", Packages("1")).Methods.Count.ShouldBeGreaterThan(20);
    }

    private CodeClosure Fingerprint(string source) => CodeFingerprint.Of([Build(source, "Trial")], "Trial.Step", "Run", Packages("1"));

    private static Dictionary<string, string> Packages(string libtorch) => new() { ["libtorch"] = libtorch };

    private string Build(string source, string assembly, params string[] references)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, (++_builds).ToString())).FullName;
        string path = Path.Combine(folder, assembly + ".dll");
        CSharpCompilation.Create(
            assembly,
            [CSharpSyntaxTree.ParseText(source, path: Path.Combine(folder, "Source.cs"), encoding: System.Text.Encoding.UTF8)],
            [.. Framework, .. references.Select(r => MetadataReference.CreateFromFile(r))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release))
            .Emit(path).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ShouldBeEmpty();
        return path;
    }
}
