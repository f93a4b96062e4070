using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Postgres;

public sealed class ServerProcessTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("ledger-tests-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Theory]
    [InlineData("/usr/lib/postgresql/15/bin/postgres -D /data", null, true)]
    [InlineData("/usr/lib/postgresql/15/bin/postgres -D /old/place", "/data", true)]
    [InlineData("/usr/lib/postgresql/15/bin/postgres -D /other", "/other", false)]
    [InlineData("/usr/lib/postgresql/15/bin/postgres -D /data2", null, false)]
    [InlineData("vim -D /data", "/data", false)]
    [InlineData("", null, false)]
    public void A_server_of_the_directory_is_known_by_its_program_and_where_it_works(string commandLine, string? workingDirectory, bool isServer) =>
        ServerProcess.IsServerOf("/data", commandLine.Split(' '), workingDirectory).ShouldBe(isServer);

    [Fact]
    public void Without_a_pid_file_there_is_none() => ServerProcess.Read(data).ShouldBeNull();

    [Fact]
    public void A_number_that_now_belongs_to_another_program_is_a_stranger()
    {
        File.WriteAllText(ServerProcess.PidFile(data), $"{Environment.ProcessId}\n{data}\n1\n5432\n/tmp/x\n\n  1 2\nready   \n");
        ServerProcess.Read(data).ShouldBe(new ServerProcess(Environment.ProcessId, "/tmp/x", IsServer: false, IsStranger: true, IsReady: true));
    }

    [Fact]
    public void A_number_that_nobody_has_is_neither()
    {
        File.WriteAllText(ServerProcess.PidFile(data), "2147483646\n");
        ServerProcess.Read(data).ShouldBe(new ServerProcess(2147483646, null, IsServer: false, IsStranger: false, IsReady: false));
    }
}
