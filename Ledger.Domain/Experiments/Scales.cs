namespace Ledger.Domain.Experiments;

/// <summary>
/// The section <c>scales</c>: values that differ between a small and a full study, side by side. One column is chosen;
/// the others leave no trace in what is resolved.
/// </summary>
internal static class Scales
{
    /// <param name="wanted">Null: the first column.</param>
    /// <returns>The chosen column (null where the file has no scales) and its values.</returns>
    public static (string? Name, IReadOnlyDictionary<string, SpecNode> Values) Read(SpecNode? section, string? wanted, Place root, SpecProblems problems)
    {
        var rows = Rows(section, problems);
        if (rows.Count == 0)
        {
            if (wanted is not null)
                problems.Add(root, $"--scale {SpecScalar.Short(wanted)}", "no scale: the file has no section scales");
            return (null, new Dictionary<string, SpecNode>());
        }

        var columns = rows.SelectMany(row => row.Columns.Names).Distinct().ToList();
        foreach (var (name, row) in rows)
        {
            if (columns.Find(column => row[column] is null) is { } lacking)
                problems.Add(row.Place, $"no {lacking}", $"every scale to have the columns {string.Join(", ", columns)}");
        }

        string chosen = wanted ?? columns[0];
        if (!columns.Contains(chosen))
            problems.AddUnknown(section!.Place, $"--scale {SpecScalar.Short(chosen)}", chosen, columns, "one of");
        return (chosen, rows.Where(row => row.Columns[chosen] is not null).ToDictionary(row => row.Name, row => row.Columns[chosen]!));
    }

    private static List<(string Name, SpecMap Columns)> Rows(SpecNode? section, SpecProblems problems)
    {
        var rows = new List<(string, SpecMap)>();
        foreach (var (name, value) in Names.Of(section, "scale values, each with a column per scale", problems))
        {
            if (value is not SpecMap { Entries.Count: > 0 } columns)
                problems.Add(value, "a column per scale, for example {cpu: 12, full: 200}");
            else if (Reference(columns) is { } reference)
                problems.Add(reference, "a value: scales do not refer to anything");
            else
                rows.Add((name, columns));
        }

        return rows;
    }

    private static SpecScalar? Reference(SpecNode node) => node switch
    {
        SpecScalar scalar => scalar.Text.StartsWith('$') ? scalar : null,
        SpecList list => list.Items.Select(Reference).FirstOrDefault(found => found is not null),
        SpecMap map => map.Entries.Select(entry => Reference(entry.Value)).FirstOrDefault(found => found is not null),
        _ => null,
    };
}

/// <summary>The named things of a section.</summary>
internal static class Names
{
    /// <summary>The entries with well-formed names; the others are reported.</summary>
    public static IEnumerable<(string Name, SpecNode Value)> Of(SpecNode? section, string expected, SpecProblems problems)
    {
        if (section is null)
            yield break;
        if (section is not SpecMap map)
        {
            problems.Add(section, expected);
            yield break;
        }

        foreach (var entry in map.Entries)
        {
            if (ReadScalar.IsName(entry.Name))
                yield return (entry.Name, entry.Value);
            else
                problems.Add(entry.Key, $"the name {SpecScalar.Short(entry.Name)}", ReadScalar.NameForm);
        }
    }
}
