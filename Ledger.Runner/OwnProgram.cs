namespace Ledger.Runner;

/// <summary>How <c>ledger</c> starts itself again: through <c>dotnet</c>, the one it was started with, or from the tests the one on PATH.</summary>
public static class OwnProgram
{
    /// <summary>The program and its first arguments; a verb follows.</summary>
    public static IReadOnlyList<string> Command { get; } =
    [
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet", "exec", typeof(OwnProgram).Assembly.Location,
    ];
}
