using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

/// <summary>Outputs pinned in the folder Snapshots. Times and the ledger's own id are masked.</summary>
internal static partial class Snapshots
{
    private const string Prefix = "Ledger.Tests.Query.Snapshots.";

    /// <summary>With LEDGER_SNAPSHOTS set to the folder of the snapshots, they are written instead of compared.</summary>
    public static async Task Hold(string name, string output)
    {
        string masked = Masked(output).TrimEnd('\n');
        if (Environment.GetEnvironmentVariable("LEDGER_SNAPSHOTS") is { Length: > 0 } folder)
            await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.txt"), masked + "\n", TestContext.Current.CancellationToken);
        else
            masked.ShouldBe(await Pinned(name));
    }

    private static async Task<string> Pinned(string name)
    {
        await using var stream = typeof(Snapshots).Assembly.GetManifestResourceStream($"{Prefix}{name}.txt");
        if (stream is null)
            return "(no snapshot)";
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ReplaceLineEndings("\n").TrimEnd('\n');
    }

    private static string Masked(string text) =>
        Ids().Replace(Times().Replace(text, match => match.Length <= 19 ? "2000-01-01 00:00:00"[..match.Length] : "2000-01-01T00:00:00+00:00"), "LEDGER");

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?(\+00:00)?", RegexOptions.ExplicitCapture)]
    private static partial Regex Times();

    [GeneratedRegex(@"\b01(?!J)[0-9A-HJKMNP-TV-Z]{24}\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Ids();
}
