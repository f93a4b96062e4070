using Ledger.Runner.Postgres;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Postgres;

public sealed class ServerUserTests
{
    private static readonly SystemUser Root = new("root", 0, 0);
    private static readonly SystemUser Alice = new("alice", 1000, 1000);
    private static readonly SystemUser Bob = new("bob", 1001, 1001);
    private static readonly SystemUser Package = new("postgres", 101, 104);
    private static readonly SystemUser Own = new("ledger-postgres", 998, 998);

    [Fact]
    public void An_ordinary_user_runs_their_own_server()
    {
        Choose(Alice, owner: null).ShouldBe(Alice);
        Choose(Alice, owner: Alice).ShouldBe(Alice);
    }

    [Fact]
    public void Root_lends_it_to_the_package_s_user_or_to_ours()
    {
        Choose(Root, owner: null).ShouldBe(Package);
        ServerUser.Choose(Root, null, null, Own, "/data").ShouldBe(Own);
        ServerUser.Choose(Root, null, null, null, "/data").ShouldBeNull("our own has yet to be made");
    }

    [Fact]
    public void Root_runs_an_existing_cluster_as_its_owner() => Choose(Root, owner: Alice).ShouldBe(Alice);

    [Fact]
    public void The_cluster_of_another_is_refused_with_both_names() =>
        Should.Throw<PostgresUnavailable>(() => Choose(Alice, owner: Bob)).Message
            .ShouldBe("The ledger's database in /data belongs to bob; you are alice. Run ledger as bob or as root.");

    [Fact]
    public void A_cluster_that_belongs_to_root_cannot_run() =>
        Should.Throw<PostgresUnavailable>(() => Choose(Root, owner: Root)).Message.ShouldContain("chown");

    [Fact]
    public void Names_and_numbers_of_users_are_looked_up_both_ways()
    {
        SystemUser self = SystemUser.Current();
        SystemUser.WithUid(self.Uid).ShouldBe(self);
        SystemUser.Named("root").ShouldBe(Root);
        SystemUser.Named("no such user").ShouldBeNull();
        FileOwner.Of("/").ShouldNotBeNull().Uid.ShouldBe(0u);
    }

    [Fact]
    public async Task Of_the_environment_only_what_is_needed_goes_along()
    {
        Environment.SetEnvironmentVariable("PGOPTIONS_OF_TEST", "secret");
        (_, string output) = await ServerUser.Run(["/usr/bin/env"], TestContext.Current.CancellationToken);
        output.Split('\n').Select(line => line.Split('=')[0]).ShouldBeSubsetOf(["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LC_ALL"]);
    }

    private static SystemUser? Choose(SystemUser current, SystemUser? owner) => ServerUser.Choose(current, owner, Package, Own, "/data");
}
