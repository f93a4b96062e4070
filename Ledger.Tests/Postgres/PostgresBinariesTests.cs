using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Postgres;

/// <summary>On folders of programs that only tell their version.</summary>
public sealed class PostgresBinariesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("ledger-tests-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_cluster_is_opened_by_the_version_that_made_it_and_not_by_the_newest()
    {
        IReadOnlyList<PostgresInstallation> found = PostgresBinaries.In([Install("15.14 (Debian 15.14-0+deb12u1)"), Install("17.2")]);
        found.Select(i => i.Version).ShouldBe(["15.14", "17.2"]);
        PostgresBinaries.Choose(found, clusterMajor: 15, "/data").Major.ShouldBe(15);
        PostgresBinaries.Choose(found, clusterMajor: null, "/data").Major.ShouldBe(17);
    }

    [Fact]
    public void When_the_version_that_made_the_cluster_is_gone_the_message_says_which_is_missing_and_which_are_there()
    {
        string folder = Install("17.2");
        PostgresUnavailable refused = Should.Throw<PostgresUnavailable>(() => PostgresBinaries.Choose(PostgresBinaries.In([folder]), clusterMajor: 15, "/some/data"));
        refused.Message.ShouldBe($"""
            The ledger's database in /some/data was made by Postgres 15, which is not on this machine (found: 17.2 in {folder}).
            A cluster opens only with the major version that made it. Install Postgres 15 (Debian, Ubuntu: apt install postgresql-15; macOS: brew install postgresql@15).
            """);
    }

    [Fact]
    public void Without_any_the_message_says_how_to_get_them()
    {
        string message = Should.Throw<PostgresUnavailable>(() => PostgresBinaries.Choose([], clusterMajor: null, "/data")).Message;
        foreach (string way in new[] { "apt install postgresql", "brew install postgresql@", "docker compose -f docker/compose.yaml up", "LEDGER_POSTGRES" })
        {
            message.ShouldContain(way);
        }
    }

    [Fact]
    public void A_version_too_old_is_named_and_not_used()
    {
        string old = Install("11.22");
        Should.Throw<PostgresUnavailable>(() => PostgresBinaries.Choose(PostgresBinaries.In([old]), clusterMajor: null, "/data"))
            .Message.ShouldContain($"11.22 in {old}");
    }

    [Fact]
    public void A_link_on_PATH_and_the_folder_it_leads_to_count_once()
    {
        string real = Install("16.1");
        string links = Directory.CreateDirectory(Path.Combine(root, "links")).FullName;
        File.CreateSymbolicLink(Path.Combine(links, "postgres"), Path.Combine(real, "postgres"));
        PostgresBinaries.In([links, real]).ShouldHaveSingleItem().Folder.ShouldBe(real);
    }

    [Fact]
    public void A_folder_without_initdb_and_a_program_that_cannot_run_are_passed_over()
    {
        string noInit = Install("16.1");
        File.Delete(Path.Combine(noInit, "initdb"));
        string broken = Install("17.1");
        File.SetUnixFileMode(Path.Combine(broken, "postgres"), UnixFileMode.UserRead);
        PostgresBinaries.In([noInit, broken, "/nowhere"]).ShouldBeEmpty();
    }

    [Fact]
    public void PATH_comes_first() =>
        PostgresBinaries.UsualFolders("/first:/second").Take(2).ShouldBe(["/first", "/second"]);

    [Theory]
    [InlineData("ID=debian\nVERSION_ID=\"12\"", true)]
    [InlineData("ID=linuxmint\nID_LIKE=\"ubuntu debian\"", true)]
    [InlineData("ID=fedora\nID_LIKE=\"rhel\"", false)]
    [InlineData("NAME=debian", false)]
    public void Only_Debian_and_its_kin_are_installed_on(string osRelease, bool offered) => AptInstall.Offers(osRelease).ShouldBe(offered);

    [Fact]
    public void Only_root_installs() => AptInstall.IsPossible(new SystemUser("alice", 1000, 1000)).ShouldBeFalse();

    private string Install(string version)
    {
        string folder = Directory.CreateDirectory(Path.Combine(root, "pg" + version.Split(' ')[0], "bin")).FullName;
        foreach (string program in new[] { "postgres", "initdb", "pg_ctl" })
        {
            string path = Path.Combine(folder, program);
            File.WriteAllText(path, $"#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return folder;
    }
}
