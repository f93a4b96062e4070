using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Support;

public sealed class PostgresFixtureTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Each_database_is_new_and_its_owner_may_write()
    {
        string first = await postgres.CreateDatabase("First of: two!");
        string second = await postgres.CreateDatabase("second");
        (await Tables(first, "CREATE TABLE mine (n int)")).ShouldBe(1);
        (await Tables(second, "SELECT 1")).ShouldBe(0);
    }

    [Theory]
    [InlineData("RunTests", "t_runtests_0123456789ab")]
    [InlineData("a b;c", "t_a_b_c_0123456789ab")]
    [InlineData("", "t__0123456789ab")]
    public void Names_are_plain(string hint, string name) =>
        PostgresFixture.DatabaseName(hint, Guid.Parse("01234567-89ab-cdef-0123-456789abcdef")).ShouldBe(name);

    [Fact]
    public void Names_fit_into_63_bytes() =>
        PostgresFixture.DatabaseName(new string('x', 200), Guid.NewGuid()).Length.ShouldBe(63);

    private static async Task<long> Tables(string connectionString, string first)
    {
        await using NpgsqlConnection connection = new(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new($"{first}; SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        if (first.StartsWith("SELECT", StringComparison.Ordinal))
        {
            await reader.NextResultAsync(TestContext.Current.CancellationToken);
        }

        await reader.ReadAsync(TestContext.Current.CancellationToken);
        return reader.GetInt64(0);
    }
}
