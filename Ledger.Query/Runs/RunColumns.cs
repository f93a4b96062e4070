using Ledger.Query.Filters;
using Ledger.Query.Results;

namespace Ledger.Query.Runs;

/// <summary>
/// What a filter may say of a run: the columns of <c>results.runs</c>, <c>experiment</c> by its name, <c>point.AXIS</c>, <c>model</c> (the kind of a
/// network it trains), <c>flags</c>, <c>retracted</c>, and <c>metrics.NAME</c>, which holds when it does of one of its values.
/// </summary>
internal static class RunColumns
{
    private static readonly Dictionary<string, FilterColumn> Own = new(
        Definitions.Of("runs").Columns.Where(column => Type(column) is not null).Select(column => KeyValuePair.Create(column.Name, new FilterColumn($"r.{column.Name}", Type(column)!.Value)))
            .Where(column => column.Key != "experiment"), StringComparer.Ordinal)
    {
        ["experiment"] = new("e.slug", FilterType.Text),
        ["model"] = new("v.config #>> '{model,kind}'", FilterType.Text, "exists (select from results.steps v where v.run = r.run and v.kind = 'train' and {0})"),
        ["flags"] = new("(select count(*) from results.flags f where f.run = r.run)", FilterType.Number),
        ["retracted"] = new("exists (select from results.reviews w where w.run = r.run and w.said = 'retracted')", FilterType.Truth),
    };

    private static readonly HashSet<string> OfNetworks = Numbers("models"), OfAttacks = Numbers("robustness");

    public static IReadOnlyList<string> Names { get; } = [.. Own.Keys.Order(StringComparer.Ordinal), "point.AXIS", "metrics.NAME"];

    public static FilterColumn? Of(string name) => name.Split('.', 2) switch
    {
        ["point", var axis] => new FilterColumn("v.label", FilterType.Text, "exists (select from jsonb_each_text(r.point) v(axis, label) where v.axis = {1} and {0})", axis),
        ["metrics", var column] when OfNetworks.Contains(column) => new FilterColumn($"v.{column}", FilterType.Number, "exists (select from results.models v where v.run = r.run and {0})"),
        ["metrics", var column] when OfAttacks.Contains(column) => new FilterColumn($"v.{column}", FilterType.Number, "exists (select from results.robustness v where v.run = r.run and {0})"),
        ["metrics", var metric] => new FilterColumn("v.value", FilterType.Number, "exists (select from results.metrics v where v.run = r.run and v.layer is null and v.metric = {1} and {0})", metric),
        _ => Own.GetValueOrDefault(name),
    };

    private static HashSet<string> Numbers(string table) =>
        [.. Definitions.Of(table).Columns.Where(column => Type(column) == FilterType.Number).Select(column => column.Name)];

    private static FilterType? Type(Column column) => column.Type switch
    {
        "text" => FilterType.Text,
        "double precision" or "bigint" or "integer" => FilterType.Number,
        "boolean" => FilterType.Truth,
        "timestamptz" => FilterType.Time,
        _ => null,
    };
}
