using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;
using static Ledger.Tests.Postgres.TemporaryLedger;

namespace Ledger.Tests.Postgres;

public sealed class RootTests
{
    private const string Somebody = "nobody";

    [Fact]
    public async Task In_a_folder_closed_to_others_the_cluster_lives_elsewhere_and_a_pointer_leads_there()
    {
        OnlyAsRoot();
        await using TemporaryLedger ledger = new(closed: true);
        string place = Path.Combine(ledger.Settings.SystemFolder, ledger.Folder.ShortHash);
        await using (EmbeddedPostgres postgres = await ledger.Use())
        {
            (await Ask<int>(postgres, "SELECT 1")).ShouldBe(1);
            ledger.Folder.DataDirectory.ShouldBe(place);
            File.Exists(Path.Combine(place, "PG_VERSION")).ShouldBeTrue();
        }

        await EmbeddedPostgres.Stop(ledger.Folder, Stop);
        await using EmbeddedPostgres again = await ledger.Use();
        EmbeddedPostgres.State(ledger.Folder).DataDirectory.ShouldBe(place);
    }

    [Fact]
    public async Task A_ledger_made_anew_in_the_same_place_does_not_get_the_old_one_s_cluster()
    {
        OnlyAsRoot();
        await using TemporaryLedger ledger = new(closed: true);
        string old = Path.Combine(ledger.Settings.SystemFolder, ledger.Folder.ShortHash);
        Directory.CreateDirectory(old);
        await using EmbeddedPostgres postgres = await ledger.Use();
        ledger.Folder.DataDirectory.ShouldBe(old + "-2");
        Directory.GetFileSystemEntries(old).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_server_runs_as_the_package_s_user_who_alone_may_enter_the_socket_s_folder()
    {
        OnlyAsRoot();
        SystemUser? package = SystemUser.Named(ServerUser.PackageUser);
        Assert.SkipWhen(package is null, "this system has no user postgres");
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await using EmbeddedPostgres postgres = await ledger.Use();
        PostgresState state = EmbeddedPostgres.State(ledger.Folder);
        FileOwner.Of($"/proc/{ledger.ServerPid}")!.Uid.ShouldBe(package.Uid);
        FileOwner.Of(state.SocketDirectory!)!.Uid.ShouldBe(package.Uid);
        (await ServerUser.CanEnter(package, state.SocketDirectory!, Stop)).ShouldBeTrue();
        (await ServerUser.CanEnter(SystemUser.Named(Somebody)!, state.SocketDirectory!, Stop)).ShouldBeFalse();
    }

    [Fact]
    public async Task Another_user_can_neither_use_the_ledger_nor_get_in_over_its_socket()
    {
        OnlyAsRoot();
        SystemUser stranger = SystemUser.Named(Somebody)!;
        await using TemporaryLedger ledger = await new TemporaryLedger().WithCluster();
        await using EmbeddedPostgres postgres = await ledger.Use();
        string socket = EmbeddedPostgres.State(ledger.Folder).SocketDirectory!;
        File.SetUnixFileMode(socket, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(Path.Combine(socket, SocketFolder.SocketName), (UnixFileMode)0b110_110_110);
        string psql = Path.Combine(EmbeddedPostgres.State(ledger.Folder).Chosen!.Folder, "psql");
        (int code, string output) = await ServerUser.Run(stranger, psql, ["-h", socket, "-U", "ledger", "-c", "SELECT 1", "ledger"], Stop);
        code.ShouldNotBe(0);
        output.ShouldContain("Peer authentication failed");
    }

    [Fact]
    public async Task Root_joins_the_server_of_the_ordinary_user_whose_cluster_it_is()
    {
        OnlyAsRoot();
        SystemUser somebody = SystemUser.Named(Somebody)!;
        await using TemporaryLedger ledger = new();
        await SkipUnlessTheProgramIsReadable(somebody);
        Libc.ChangeOwner(ledger.Working, somebody.Uid, somebody.Gid);
        Libc.ChangeOwner(ledger.Folder.Location, somebody.Uid, somebody.Gid);
        using OtherCommand theirs = new(ledger, "theirs", As(somebody));
        await theirs.UsesTheLedger();
        await using EmbeddedPostgres postgres = await ledger.Use();
        FileOwner.Of($"/proc/{ledger.ServerPid}")!.Uid.ShouldBe(somebody.Uid);
        (await Ask<string>(postgres, "SELECT current_user::text")).ShouldBe("ledger");
    }

    [Theory]
    [InlineData(typeof(EmbeddedPostgresTests))]
    [InlineData(typeof(OtherCommandsTests))]
    [InlineData(typeof(IdleWatchTests))]
    public async Task All_the_same_holds_for_an_ordinary_user(Type tests)
    {
        OnlyAsRoot();
        SystemUser somebody = SystemUser.Named(Somebody)!;
        await SkipUnlessTheProgramIsReadable(somebody);
        string home = Directory.CreateTempSubdirectory("ledger-tests-home-").FullName;
        Libc.ChangeOwner(home, somebody.Uid, somebody.Gid);
        using System.Diagnostics.Process run = OtherCommand.Run(
            [.. As(somebody), OtherCommand.Program, "--filter-class", tests.FullName!, "--results-directory", home, "--no-ansi"],
            start => start.Environment["HOME"] = home);
        string output = await run.StandardOutput.ReadToEndAsync(Stop);
        await run.WaitForExitAsync(Stop);
        Directory.Delete(home, recursive: true);
        run.ExitCode.ShouldBe(0, output);
        output.ShouldContain("Passed!");
    }

    private static void OnlyAsRoot() => Assert.SkipUnless(SystemUser.Current().IsRoot, "only root can act for other users");

    private static async Task SkipUnlessTheProgramIsReadable(SystemUser user) => Assert.SkipUnless(
        await ServerUser.CanEnter(user, AppContext.BaseDirectory, Stop),
        $"{user.Name} cannot enter {AppContext.BaseDirectory}, where this test program is");

    private static string[] As(SystemUser user) => ["setpriv", $"--reuid={user.Uid}", $"--regid={user.Gid}", "--init-groups", "--"];
}
