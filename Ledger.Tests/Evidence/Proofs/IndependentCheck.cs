using System.Diagnostics;
using System.Text.Json;

namespace Ledger.Tests.Evidence.Proofs;

/// <summary>docs/verify_proof.py in Python, which shares nothing with what it checks.</summary>
internal static class IndependentCheck
{
    // Many files in one process: starting Python takes longer than checking.
    private const string Driver = """
        import contextlib, io, json, runpy, sys
        codes = []
        for path in sys.argv[3].split("\n"):
            sys.argv = [sys.argv[0], *sys.argv[1:3]] + sys.argv[3:]
            script, key = sys.argv[1], sys.argv[2]
            saved, sys.argv = sys.argv, ["verify_proof.py", path, key]
            try:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                    runpy.run_path(script, run_name="__main__")
            except SystemExit as end:
                codes.append(end.code or 0)
            sys.argv = saved
        print(json.dumps(codes))
        """;

    public static string Script => Path.Combine(Repository(), "docs", "verify_proof.py");

    /// <summary>Exit codes, one for each proof.</summary>
    public static IReadOnlyList<int> Codes(string key, IReadOnlyList<string> proofs)
    {
        string folder = Directory.CreateTempSubdirectory("ledger-proofs-").FullName;
        try
        {
            var files = proofs.Select((proof, i) => Path.Combine(folder, $"{i}.json")).ToList();
            foreach (var (file, proof) in files.Zip(proofs))
                File.WriteAllText(file, proof);
            return JsonSerializer.Deserialize<List<int>>(Python("-c", Driver, Script, key, string.Join('\n', files)).Output)!;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static (int ExitCode, string Output) Python(params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("python3", ["-B", "-I", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    /// <summary>The folder with the solution, above where the tests run.</summary>
    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Ledger.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
