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
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
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

    [Fact]
    public async Task A_path_longer_than_a_socket_s_may_be_is_no_matter()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger(string.Join('/', Enumerable.Repeat("a-folder-with-a-long-name", 8))).WithCluster();
        ledger.Folder.DataDirectory.Length.ShouldBeGreaterThan(107);
        await using EmbeddedPostgres postgres = await ledger.Use();
        (await Ask<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Commands_that_come_at_once_to_a_fresh_folder_share_one_server()
    {
        await using TemporaryLedger ledger = new();
        EmbeddedPostgres[] all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ledger.Use()));
        int[] pids = await Task.WhenAll(all.Select(postgres => Ask<int>(postgres, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int")));
        pids.Distinct().ShouldBe([ledger.ServerPid]);
        ledger.Said.Count(line => line.StartsWith("making a Postgres", StringComparison.Ordinal)).ShouldBe(1);
        foreach (EmbeddedPostgres postgres in all)
        {
            await postgres.DisposeAsync();
        }
    }

    [Fact]
    public async Task Lock_files_whose_number_a_stranger_has_now_are_removed()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await (await ledger.Use()).DisposeAsync();
        string socket = EmbeddedPostgres.State(ledger.Folder).SocketDirectory!;
        await EmbeddedPostgres.Stop(ledger.Folder, Stop);
        string stale = $"{Environment.ProcessId}\n{ledger.Folder.DataDirectory}\n";
        await File.WriteAllTextAsync(ServerProcess.PidFile(ledger.Folder.DataDirectory), stale, Stop);
        await File.WriteAllTextAsync(Path.Combine(socket, SocketFolder.LockName), stale, Stop);
        await using EmbeddedPostgres again = await ledger.Use();
        ledger.Said.ShouldContain($"removing a stale postmaster.pid: process {Environment.ProcessId} is not this ledger's Postgres");
        ledger.Said.ShouldContain($"removing a stale .s.PGSQL.5432.lock: process {Environment.ProcessId} is not this ledger's Postgres");
        (await Ask<int>(again, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task After_kill_9_of_the_server_the_next_use_recovers_what_was_committed()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await using (EmbeddedPostgres postgres = await ledger.Use())
        {
            await Ask<long>(postgres, "CREATE TABLE kept AS SELECT 7 AS n; SELECT count(*) FROM kept");
            KillNow(ledger.ServerPid);
        }

        await using EmbeddedPostgres again = await ledger.Use();
        (await Ask<int>(again, "SELECT n FROM kept")).ShouldBe(7);
        (await File.ReadAllTextAsync(ledger.Folder.ServerLog, Stop)).ShouldContain("automatic recovery in progress");
    }

    [Fact]
    public async Task While_a_command_uses_the_server_it_is_not_stopped()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await using EmbeddedPostgres postgres = await ledger.Use();
        PostgresUnavailable refused = await Should.ThrowAsync<PostgresUnavailable>(() => EmbeddedPostgres.Stop(ledger.Folder, Stop));
        refused.Message.ShouldBe($"Postgres of {ledger.Folder.Location} is in use by another ledger command, and was not stopped. Let that command end, then try again.");
        (await Ask<int>(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_server_whose_socket_was_cleaned_away_is_started_again_unless_it_is_in_use()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        EmbeddedPostgres first = await ledger.Use();
        int pid = ledger.ServerPid;
        Directory.Delete(EmbeddedPostgres.State(ledger.Folder).SocketDirectory!, recursive: true);
        (await Should.ThrowAsync<PostgresUnavailable>(ledger.Use)).Message.ShouldContain("its socket");
        await first.DisposeAsync();
        await using EmbeddedPostgres again = await ledger.Use();
        (await Ask<int>(again, "SELECT 1")).ShouldBe(1);
        ledger.ServerPid.ShouldNotBe(pid);
    }

    [Fact]
    public async Task What_a_killed_initdb_left_is_no_cluster()
    {
        await using TemporaryLedger ledger = new();
        string recent = Directory.CreateDirectory(ledger.Folder.DataDirectory + ".new-1").FullName;
        string old = Directory.CreateDirectory(ledger.Folder.DataDirectory + ".new-2").FullName;
        await File.WriteAllTextAsync(Path.Combine(old, "PG_VERSION"), "9", Stop);
        Directory.SetLastWriteTimeUtc(old, DateTime.UnixEpoch);
        await using EmbeddedPostgres postgres = await ledger.Use();
        (await Ask<int>(postgres, "SELECT 1")).ShouldBe(1);
        Directory.Exists(old).ShouldBeFalse();
        Directory.Exists(recent).ShouldBeTrue("its initdb may still be running");
    }

    [Fact]
    public async Task A_server_that_does_not_start_shows_the_end_of_its_log()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await (await ledger.Use()).DisposeAsync();
        await EmbeddedPostgres.Stop(ledger.Folder, Stop);
        await File.AppendAllTextAsync(Path.Combine(ledger.Folder.DataDirectory, "postgresql.auto.conf"), "nonsense = 1\n", Stop);
        PostgresUnavailable refused = await Should.ThrowAsync<PostgresUnavailable>(ledger.Use);
        refused.Message.ShouldContain("unrecognized configuration parameter \"nonsense\"");
        refused.Message.ShouldContain(ledger.Folder.ServerLog);
    }

    [Fact]
    public async Task A_cluster_of_a_version_that_is_gone_is_left_alone()
    {
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await (await ledger.Use()).DisposeAsync();
        await EmbeddedPostgres.Stop(ledger.Folder, Stop);
        string version = Path.Combine(ledger.Folder.DataDirectory, "PG_VERSION");
        await File.WriteAllTextAsync(version, "14\n", Stop);
        ledger.Settings = ledger.Settings with { BinaryFolders = [.. ledger.Settings.BinaryFolders.Where(folder => !folder.Contains("/14/"))] };
        (await Should.ThrowAsync<PostgresUnavailable>(ledger.Use)).Message.ShouldContain("was made by Postgres 14, which is not on this machine (found: ");
    }

    [Fact]
    public async Task Without_programs_the_message_says_how_to_get_them()
    {
        await using TemporaryLedger ledger = new();
        ledger.Settings = ledger.Settings with { BinaryFolders = [] };
        (await Should.ThrowAsync<PostgresUnavailable>(ledger.Use)).Message.ShouldEndWith(PostgresBinaries.HowToGetThem);
    }

    [Fact]
    public async Task The_state_tells_what_is_there_and_what_runs()
    {
        await using TemporaryLedger ledger = new();
        PostgresState before = EmbeddedPostgres.State(ledger.Folder, ledger.Settings);
        (before.ClusterMajor, before.RunningPid, before.SocketDirectory).ShouldBe((null, null, null));
        before.Chosen.ShouldBe(before.Binaries.MaxBy(i => i.Major));
        await using EmbeddedPostgres postgres = await ledger.Use();
        PostgresState during = EmbeddedPostgres.State(ledger.Folder, ledger.Settings);
        during.RunningPid.ShouldBe(ledger.ServerPid);
        during.ClusterMajor.ShouldBe(during.Chosen!.Major);
        postgres.ConnectionString.ShouldContain(during.SocketDirectory!);
    }
}
