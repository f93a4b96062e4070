using System.Reflection;

namespace Ledger.Query.Bench;

/// <summary>The statements a person would write to fill the same tables from Marten's, once and for all: what folding is held against.</summary>
internal static class HandWritten
{
    public static string[] Statements()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("hand-written.psql")!);
        return reader.ReadToEnd().Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
