using Ledger.Domain.Store;
using Ledger.Query.Results;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Results;

public sealed class DefinitionTests
{
    private const string Small = """
        -- table: small
        -- kind: fact
        -- key: position
        -- about: One row.
        -- position | bigint |  | identity | Place.
        -- loss     | double precision | nats | computed | Mean.
        select e.position, (e.data->>'loss')::double precision as loss from events.run_epoch_completed e
        where e.position > :from and e.position <= :to
        """;

    [Fact]
    public void A_header_says_what_the_table_is()
    {
        var table = TableDefinition.Parse(Small);
        (table.Name, table.Kind, table.About).ShouldBe(("small", TableKind.Fact, "One row."));
        table.Key.ShouldBe(["position"]);
        table.Columns[1].ShouldBe(new Column("loss", "double precision", "nats", ColumnClass.Computed, "Mean."));
    }

    [Fact]
    public void A_range_is_written_into_the_text_and_casts_are_left_alone()
    {
        string sql = TableDefinition.Parse(Small).Over(3, 14);
        sql.ShouldContain("e.position > 3 and e.position <= 14");
        sql.ShouldContain("::double precision");
        sql.ShouldContain("l.type in ('run.epoch_completed.v1')");
        sql.ShouldNotContain("events.");
    }

    [Theory]
    [InlineData("-- key: position\n", "")]
    [InlineData("| computed | Mean.", "| computed")]
    [InlineData("events.run_epoch_completed", "events.run_epoch_begun")]
    public void A_faulty_definition_is_refused(string right, string wrong) =>
        Should.Throw<FormatException>(() => TableDefinition.Parse(Small.ReplaceLineEndings("\n").Replace(right, wrong, StringComparison.Ordinal)));

    [Fact]
    public void Any_change_of_a_definition_changes_its_digest() =>
        TableDefinition.Parse(Small.Replace("loss'", "accuracy'", StringComparison.Ordinal)).Digest.ShouldNotBe(TableDefinition.Parse(Small).Digest);

    [Fact]
    public void Every_wire_name_is_read_by_exactly_one_view() =>
        EventViews.WireNames.Order(StringComparer.Ordinal).ShouldBe(EventNames.All.Values.Order(StringComparer.Ordinal));

    [Fact]
    public void Tables_come_after_what_they_read()
    {
        var names = Definitions.All.Select(table => table.Name).ToList();
        foreach (var table in Definitions.All)
            table.Reads().ShouldAllBe(read => names.IndexOf(read) < names.IndexOf(table.Name));
    }

    [Fact]
    public void Every_column_has_a_sentence_and_every_key_is_a_column()
    {
        foreach (var table in Definitions.All)
        {
            table.Columns.ShouldAllBe(column => column.About.EndsWith('.'), table.Name);
            table.Key.ShouldBeSubsetOf(table.Columns.Select(column => column.Name), table.Name);
        }
    }

    [Fact]
    public void Definitions_that_wait_for_each_other_are_refused()
    {
        var a = TableDefinition.Parse(Small) with { Name = "a", Sql = "select * from results.b" };
        var b = a with { Name = "b", Sql = "select * from results.a" };
        Should.Throw<FormatException>(() => Definitions.InOrder([a, b])).Message.ShouldContain("a, b");
    }
}
