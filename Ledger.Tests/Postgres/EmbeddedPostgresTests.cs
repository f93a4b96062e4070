using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;
using static Ledger.Tests.Postgres.TemporaryLedger;

namespace Ledger.Tests.Postgres;

/// <summary>Real servers. They run as root and, in a run within the run, as an ordinary user.</summary>
public sealed class EmbeddedPostgresTests
{
    [Fact]
    public async Task A_fresh_folder_gets_a_cluster_that_answers_as_its_owner_and_keeps_what_is_written()
    {
        await using TemporaryLedger ledger = new();
        await using (EmbeddedPostgres postgres = await ledger.Use())
        {
            (await Ask<string>(postgres, "SELECT current_user || ' ' || current_database()")).ShouldBe("ledger ledger");
            await Ask<long>(postgres, "CREATE TABLE kept AS SELECT 7 AS n; SELECT count(*) FROM kept");
        }

        (await EmbeddedPostgres.Stop(ledger.Folder, Stop)).ShouldBeTrue();
        (await EmbeddedPostgres.Stop(ledger.Folder, Stop)).ShouldBeFalse("nothing runs any more");
        await using EmbeddedPostgres again = await ledger.Use();
        (await Ask<int>(again, "SELECT n FROM kept")).ShouldBe(7);
    }

    [Fact]
    public async Task The_server_is_durable_checksummed_in_UTF8_and_deaf_to_TCP()
    {
        await using TemporaryLedger ledger = new();
        await using EmbeddedPostgres postgres = await ledger.Use();
        foreach ((string setting, string wanted) in new[]
        {
            ("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("data_checksums", "on"),
            ("server_encoding", "UTF8"), ("dynamic_shared_memory_type", "mmap"), ("jit", "off"),
            ("listen_addresses", ""), ("max_connections", "60"), ("TimeZone", "UTC"), ("config_file", Path.Combine(ledger.Folder.DataDirectory, "postgresql.conf")),
        })
        {
            (await Ask<string>(postgres, $"SHOW {setting}")).ShouldBe(wanted, setting);
        }

        (await Ask<string>(postgres, "SELECT datcollate::text FROM pg_database WHERE datname = 'ledger'")).ShouldBe("C");
        (await Ask<string>(postgres, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules")).ShouldBe("peer");
    }
}
