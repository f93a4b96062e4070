using System.Reflection;

namespace Ledger.Query.Results;

/// <summary>Every results table, in an order in which each stands after what it reads.</summary>
public static class Definitions
{
    public static IReadOnlyList<TableDefinition> All { get; } = InOrder(Embedded());

    /// <exception cref="KeyNotFoundException">There is no such table.</exception>
    public static TableDefinition Of(string table) =>
        All.FirstOrDefault(definition => definition.Name == table) ?? throw new KeyNotFoundException($"There is no results table '{table}'.");

    /// <summary>The table, and every table it reads, in that order.</summary>
    public static IReadOnlyList<TableDefinition> WithSources(TableDefinition table)
    {
        var needed = Closure(table.Sql, All);
        return [table, .. All.Where(definition => needed.Contains(definition.Name))];
    }

    /// <summary>
    /// A query over <c>results.*</c> as it was at a position, without writing anything: every table it needs is written out as
    /// a common table expression. The query must not begin with WITH.
    /// </summary>
    public static string AsOf(string sql, long position, IReadOnlyList<TableDefinition>? definitions = null)
    {
        definitions ??= All;
        var needed = Closure(sql, definitions);
        var parts = definitions.Where(definition => needed.Contains(definition.Name))
            .Select(definition => $"asof_{definition.Name} as ({Written(definition.Over(0, position))})").ToList();
        return parts.Count == 0 ? sql : $"with {string.Join(",\n", parts)}\n{Written(sql)}";
    }

    internal static IReadOnlyList<TableDefinition> InOrder(IEnumerable<TableDefinition> definitions)
    {
        var left = definitions.OrderBy(definition => definition.Kind).ThenBy(definition => definition.Name, StringComparer.Ordinal).ToList();
        var ordered = new List<TableDefinition>();
        while (left.Count > 0)
        {
            var next = left.Find(definition => definition.Reads().All(name => ordered.Exists(earlier => earlier.Name == name)))
                ?? throw new FormatException($"These definitions wait for each other or for a table that is not there: {string.Join(", ", left.Select(d => d.Name))}.");
            ordered.Add(next);
            left.Remove(next);
        }

        return ordered;
    }

    /// <summary>Names of the tables that a query reads, and that these read.</summary>
    internal static HashSet<string> Closure(string sql, IReadOnlyList<TableDefinition> definitions)
    {
        var needed = new HashSet<string>(TableDefinition.References().Matches(sql).Select(match => match.Groups["table"].Value), StringComparer.Ordinal);
        foreach (var definition in definitions.Reverse().Where(definition => needed.Contains(definition.Name)))
            needed.UnionWith(definition.Reads());
        return needed;
    }

    private static string Written(string sql) => TableDefinition.References().Replace(sql, "asof_${table}");

    private static IEnumerable<TableDefinition> Embedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return TableDefinition.Parse(reader.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }
}
