using System.Diagnostics;
using Ledger.Runner;
using Ledger.Runner.Postgres;
using Ledger.Tests.Runs;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Faults;

/// <summary>A whole <c>ledger run</c>, typed as a command, that finds no room: for an artifact, or for Postgres to write.</summary>
public sealed class FullDiskTests(PostgresFixture postgres)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_an_artifact_finds_no_room_the_runs_stop_and_are_resumed_when_there_is_some()
    {
        // Less room than the weights take, and then more. What stands under a digest has it, before and after.
        const string Script =
            """
            mount -t tmpfs -o size=8m,mode=755 tmpfs "$1/.ledger" || exit 77
            cd "$1"
            head -c $((8 * 1024 * 1024 - 40960)) /dev/zero > .ledger/ballast
            check() { for f in .ledger/objects/*/*; do [ "$(sha256sum < $f | cut -c1-64)" = "$(echo $f | cut -d/ -f3-4 | tr -d /)" ] || echo "HALF WRITTEN $f"; done; }
            code=0; "$2" "$3" "$4" run tiny.yaml || code=$?
            echo "FULL: $code, left behind: $(ls .ledger/tmp | wc -l)"; check
            rm .ledger/ballast
            code=0; "$2" "$3" "$4" resume || code=$?
            echo "ROOM: $code"; check
            """;
        await using var tiny = await TinyExperiment.New(postgres);

        var said = await InANamespace(tiny, Script, ownPostgres: false);

        said.ShouldContain("FULL: 1, left behind: 0");
        said.ShouldContain("There is no room for more under ");
        said.ShouldContain("Make room, then give the command again");
        said.ShouldContain("ROOM: 0");
        said.ShouldNotContain("HALF WRITTEN");
        var types = await tiny.Types();
        types.ShouldNotContain("run.step_failed.v1");
        types.Count(type => type == "run.paused.v1").ShouldBe(2);
        types.Count(type => type == "run.completed.v1").ShouldBe(2);
    }

    [Fact]
    public async Task Where_Postgres_finds_no_room_the_command_says_so_and_goes_on_when_there_is_some()
    {
        Assert.SkipUnless(SystemUser.Current().IsRoot, "in a user namespace of an ordinary user Postgres would have to run as root");
        const string Script =
            """
            mount -t tmpfs -o size=160m,mode=755 tmpfs "$1/.ledger" || exit 77
            cd "$1"
            "$2" "$3" "$4" up
            dd if=/dev/zero of=.ledger/ballast bs=64k 2>/dev/null
            code=0; "$2" "$3" "$4" run tiny.yaml || code=$?
            echo "FULL: $code"
            rm .ledger/ballast
            code=0; "$2" "$3" "$4" run tiny.yaml || code=$?
            echo "ROOM: $code"
            "$2" "$3" "$4" down
            """;
        await using var tiny = await TinyExperiment.New(postgres);

        var said = await InANamespace(tiny, Script, ownPostgres: true);

        said.ShouldContain("FULL: 1");
        said.ShouldContain("No space left on device");
        said.ShouldContain("give the command again");
        said.ShouldContain("ROOM: 0");
    }

    /// <summary>A mount namespace of its own, which goes with the shell; who is not root becomes so in a user namespace, where there may be any.</summary>
    /// <param name="script">Its first argument is the experiment's folder, the others begin a command of <c>ledger</c>.</param>
    private static async Task<string> InANamespace(TinyExperiment tiny, string script, bool ownPostgres)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/unshare"), "a disk that can be filled is mounted with unshare (package util-linux)");
        await tiny.Write(TinyExperiment.Yaml);
        Directory.CreateDirectory(Path.Combine(tiny.Folder, ".ledger"));
        // Where root is, Postgres runs as another user, who has to get in.
        File.SetUnixFileMode(tiny.Folder, File.GetUnixFileMode(tiny.Folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        string[] alone = SystemUser.Current().IsRoot ? ["unshare", "--mount"] : ["unshare", "--mount", "--map-root-user"];
        var start = new ProcessStartInfo(alone[0], [.. alone.Skip(1), "sh", "-c", script, "sh", tiny.Folder, .. OwnProgram.Command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[LedgerHome.PostgresVariable] = ownPostgres ? "" : tiny.Connection;
        start.Environment[LedgerHome.ArtifactsVariable] = ownPostgres ? Path.Combine(tiny.Folder, "artifacts") : "";
        start.Environment[PostgresSettings.IdleVariable] = "0";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Stop);
        var errors = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        var said = await output + await errors;
        Assert.SkipWhen(process.ExitCode == 77 || said.StartsWith("unshare:", StringComparison.Ordinal), $"no disk can be mounted here: {said}");
        process.ExitCode.ShouldBe(0, said);
        said.ShouldNotContain("\n   at ");
        said.ShouldNotContain("A fault of this program");
        return said;
    }
}
