using Ledger.Query;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Ledger.Tests.Query;

public sealed class PlainTablesTests
{
    private static readonly string[] Columns = ["base", "compress", ">clean", ">fgsm", ">bytes"];

    private static readonly string[][] Rows =
    [
        ["standard", "none", "84.3 ± 1.6", "31.6 ± 0.6", "1.69 MB"],
        ["adversarial", "filters", "78.0 ± 0.0", "65.2 ± 1.1", "828 kB"],
    ];

    [Fact]
    public void A_table_that_fits_stands_in_one_part() => Written(60).ShouldBe(
        """
        base         compress       clean        fgsm    bytes
        standard     none      84.3 ± 1.6  31.6 ± 0.6  1.69 MB
        adversarial  filters   78.0 ± 0.0  65.2 ± 1.1   828 kB
        """);

    [Fact]
    public void Numbers_that_do_not_fit_stand_below_beside_the_names_again() => Written(45).ShouldBe(
        """
        base         compress       clean        fgsm
        standard     none      84.3 ± 1.6  31.6 ± 0.6
        adversarial  filters   78.0 ± 0.0  65.2 ± 1.1

        base         compress    bytes
        standard     none      1.69 MB
        adversarial  filters    828 kB
        """);

    [Fact]
    public void Names_are_cut_where_they_take_more_than_three_fifths_of_a_line() => Written(31).ShouldBe(
        """
        base      compress       clean
        standard  none      84.3 ± 1.6
        adversa…  filters   78.0 ± 0.0

        base      compress        fgsm
        standard  none      31.6 ± 0.6
        adversa…  filters   65.2 ± 1.1

        base      compress    bytes
        standard  none      1.69 MB
        adversa…  filters    828 kB
        """);

    [Fact]
    public void However_narrow_every_part_has_a_number() => Written(30).Split('\n').Count(line => line.StartsWith("adversa…", StringComparison.Ordinal)).ShouldBe(3);

    private static string Written(int width)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        PlainTables.Write(console, Columns, Rows);
        return string.Join('\n', output.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).Trim('\n');
    }
}
