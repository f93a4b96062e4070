using Ledger.Domain;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Runner.Postgres;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

public sealed class ProblemsTests
{
    [Fact]
    public void Bad_input_lists_every_problem_and_exits_with_2()
    {
        var (exitCode, message) = Problems.Of(new BadInput([new Problem("8", "0 to 1", "eps"), new Problem("'x'", "a number", "seed")]));
        exitCode.ShouldBe(2);
        message.ShouldBe("eps: found 8, expected 0 to 1\nseed: found 'x', expected a number\n2 problems; nothing was done.");
    }

    [Fact]
    public void A_refusal_exits_with_3() => Problems.Of(new Refused("fenced", "Someone else went on.")).ShouldBe((3, "Someone else went on."));

    [Fact]
    public void A_server_that_cannot_be_had_is_no_fault_of_the_program() =>
        Problems.Of(new PostgresUnavailable("No Postgres is installed.")).ShouldBe((1, "No Postgres is installed."));

    [Fact]
    public void A_lost_server_is_said_in_the_driver_s_words()
    {
        var disposed = new ObjectDisposedException("NpgsqlTransaction", new NpgsqlException("Exception while reading from stream", new EndOfStreamException()));

        var (exitCode, message) = Problems.Of(new Unavailable("appending to run/1", disposed));

        exitCode.ShouldBe(1);
        message.ShouldStartWith("Postgres went away while appending to run/1: Exception while reading from stream");
    }

    [Theory]
    [InlineData(PostgresErrorCodes.DiskFull, 1, "disk of the database is full")]
    [InlineData(PostgresErrorCodes.InsufficientPrivilege, 1, "--postgres")]
    [InlineData(PostgresErrorCodes.InvalidPassword, 2, "LEDGER_POSTGRES")]
    [InlineData("XX000", 1, "XX000")]
    public void What_Postgres_says_comes_with_what_to_do(string state, int exitCode, string part)
    {
        var problem = Problems.Of(new PostgresException("it failed", "ERROR", "ERROR", state));
        problem.ExitCode.ShouldBe(exitCode);
        problem.Message.ShouldContain(part);
    }

    [Fact]
    public void Ctrl_C_says_that_nothing_is_lost() => Problems.Of(new OperationCanceledException()).ShouldBe((1, "Stopped. Nothing acknowledged is lost; give the same command again to go on."));

    [Fact]
    public void A_fault_of_the_program_shows_no_stack_trace()
    {
        using var error = new StringWriter();
        Problems.Report(new InvalidOperationException("odd"), error).ShouldBe(1);
        error.ToString().ShouldContain("LEDGER_TRACE=1");
        error.ToString().ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_in_one_line()
    {
        var said = await Said.By(new LedgerPlace("Host=127.0.0.1;Port=1;Username=nobody;Database=none;Timeout=3", ""), "status");
        said.ExitCode.ShouldBe(1);
        said.Error.ShouldStartWith("Postgres cannot be reached: ");
        said.Error.ShouldNotContain('\n');
    }
}
