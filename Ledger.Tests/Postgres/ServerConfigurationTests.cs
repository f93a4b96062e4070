using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Postgres;

public sealed class ServerConfigurationTests
{
    [Fact]
    public void Nobody_is_trusted_and_nothing_listens_on_TCP()
    {
        ServerConfiguration.Access.ShouldBe("local all all peer map=ledger\n");
        ServerConfiguration.Settings("/tmp/s").ShouldContain("listen_addresses = ''");
    }

    [Fact]
    public void Each_user_stands_once_in_the_map_and_root_always() =>
        ServerConfiguration.Identities(["alice", "postgres", "alice"])
            .ShouldBe("ledger \"alice\" ledger\nledger \"postgres\" ledger\nledger \"root\" ledger\n");

    [Theory]
    [InlineData(null, 15)]
    [InlineData("", 15)]
    [InlineData("2", 2)]
    [InlineData("0.5", 0.5)]
    public void Idle_minutes_are_read(string? given, double minutes) =>
        PostgresSettings.IdleFrom(given).ShouldBe(TimeSpan.FromMinutes(minutes));

    [Fact]
    public void Zero_minutes_is_never() => PostgresSettings.IdleFrom("0").ShouldBeNull();

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("1e99")]
    public void Other_words_are_refused_with_what_was_expected(string given) =>
        Should.Throw<PostgresUnavailable>(() => PostgresSettings.IdleFrom(given)).Message
            .ShouldBe($"LEDGER_POSTGRES_IDLE_MINUTES={given}: expected a number of minutes, 0 for never.");
}
