using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Postgres;

public sealed class SocketFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("ledger-tests-").FullName;

    private static SystemUser Self => SystemUser.Current();

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void The_user_s_runtime_folder_is_taken_when_it_is_the_server_s_user_s() =>
        SocketFolder.Choose("/run/user/1000", runtimeFolderIsServers: true, 1000, "0123456789ab").ShouldBe("/run/user/1000/ledger-0123456789ab");

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("/run/user/0", false)]
    [InlineData("/run/a,comma", true)]
    [InlineData("/a-very-long-folder-of-a-runtime-that-somebody-set/and-another-one/and-one-more/which-is-the-last", true)]
    public void Else_a_folder_in_tmp_that_says_whose_it_is(string? runtime, bool isServers) =>
        SocketFolder.Choose(runtime, isServers, 101, "0123456789ab").ShouldBe("/tmp/ledger-101-0123456789ab");

    [Theory]
    [InlineData("/run/user/1000")]
    [InlineData("/a-very-long-folder-of-a-runtime-that-somebody-set/and-another-one/and-one-more/which-is-it")]
    public void The_socket_s_path_fits_into_what_the_kernel_takes(string runtime) =>
        Path.Combine(SocketFolder.Choose(runtime, true, uint.MaxValue, "0123456789ab"), SocketFolder.SocketName).Length.ShouldBeLessThanOrEqualTo(103);

    [Fact]
    public void It_is_made_for_its_owner_alone_and_found_again()
    {
        string folder = Path.Combine(root, "socket");
        SocketFolder.Prepare(folder, Self);
        SocketFolder.Prepare(folder, Self);
        FileOwner.Of(folder).ShouldBe(new FileOwner(Self.Uid, IsDirectory: true, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Fact]
    public void One_that_others_may_enter_is_refused()
    {
        string folder = Directory.CreateDirectory(Path.Combine(root, "open")).FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        Should.Throw<PostgresUnavailable>(() => SocketFolder.Prepare(folder, Self)).Message.ShouldContain("open to other users");
    }

    [Fact]
    public void One_of_another_user_is_refused() =>
        Should.Throw<PostgresUnavailable>(() => SocketFolder.Prepare("/usr", new SystemUser("someone", 4242, 4242))).Message
            .ShouldContain("belongs to user number 0, not to 4242");

    [Fact]
    public void A_link_planted_in_its_place_is_refused()
    {
        string target = Directory.CreateDirectory(Path.Combine(root, "target")).FullName;
        string link = Path.Combine(root, "link");
        Directory.CreateSymbolicLink(link, target);
        Should.Throw<PostgresUnavailable>(() => SocketFolder.Prepare(link, Self)).Message.ShouldContain("is not a folder");
    }
}
