using Ledger.Domain;
using Ledger.Domain.Evidence.Audit;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Store;
using Ledger.Query;
using Ledger.Query.Evidence;
using Ledger.Runner;
using Ledger.Runner.Seals;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Seals;

public sealed class KeyRingTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly LedgerDatabase _ledger = new(postgres);
    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-keys-").FullName;
    private readonly List<string> _said = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private LedgerHome Home => new(_ledger.ConnectionString, _folder, TimeProvider.System, _said.Add);

    public ValueTask InitializeAsync() => _ledger.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_first_seal_makes_a_key_that_only_its_owner_may_read()
    {
        var seal = await Seal();

        var file = Keys().ShouldHaveSingleItem();
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _said.ShouldHaveSingleItem().ShouldContain(file);
        seal.Signatures.ShouldHaveSingleItem().KeyId.ShouldBe(Path.GetFileNameWithoutExtension(file));
        seal.Head.Size.ShouldBe(4, "the key's introduction is under its first seal");
    }

    [Fact]
    public async Task A_new_key_is_vouched_for_by_the_one_it_replaces_which_is_forgotten()
    {
        var first = await Seal();
        var ring = await KeyRing.Open(Home, _ledger.Store, Stop);
        string old = first.Signatures[0].KeyId;

        using var key = await ring.Add(old, Stop);
        var rotated = await Seal();

        rotated.Signatures.Select(signature => signature.KeyId).ShouldBe([key.Verifier.Id, old]);
        Keys().ShouldBe([new SealKeyFiles(Home.Folder, ring.Origin).PathOf(key.Verifier)]);
        await _ledger.AppendShared($"ledger/{ring.Origin}", "more", new Domain.Origin.Verified(1, 0, false));
        (await Seal()).Signatures.ShouldHaveSingleItem().KeyId.ShouldBe(key.Verifier.Id);
        (await Verify()).Findings.Where(finding => finding.Severity != Severity.Note).ShouldBeEmpty();
        (await Verify(trusted: (await ring.Known(Stop))[0].Key)).IsSound.ShouldBeTrue("the old key leads to the new one");
    }

    [Fact]
    public async Task A_key_that_nobody_vouches_for_is_found()
    {
        var seal = await Seal();
        string origin = seal.Head.Origin;
        using var eve = SigningKey.Generate(origin);
        await _ledger.AppendShared(origin, "eve", new Domain.Origin.KeyIntroduced(eve.Verifier.Id, Convert.ToBase64String(eve.Verifier.PublicKey.Span), seal.Signatures[0].KeyId));
        await new Sealer(_ledger.Store, origin["ledger/".Length..], eve).CatchUp(Stop);

        (await Verify()).Findings.ShouldContain(finding => finding.Severity == Severity.Broken && finding.Code == "key-not-vouched-for" && finding.Position == 5);
    }

    [Fact]
    public async Task A_key_that_was_replaced_signs_no_more()
    {
        var first = await Seal();
        var ring = await KeyRing.Open(Home, _ledger.Store, Stop);
        string secret = await File.ReadAllTextAsync(Keys()[0], Stop);
        using var key = await ring.Add(first.Signatures[0].KeyId, Stop);
        await Seal();
        await _ledger.AppendShared($"ledger/{ring.Origin}", "more", new Domain.Origin.Verified(1, 0, false));

        using var old = SigningKey.Parse(secret.Trim());
        await new Sealer(_ledger.Store, ring.Origin, old).CatchUp(Stop);

        (await Verify()).Findings.ShouldContain(finding => finding.Code == "signature" && finding.Found.Contains("replaced at position"));
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_refused()
    {
        await Seal();
        File.SetUnixFileMode(Keys()[0], UnixFileMode.UserRead | UnixFileMode.GroupRead);

        (await Should.ThrowAsync<BadInput>(Seal)).Message.ShouldContain($"chmod 600 {Keys()[0]}");
    }

    [Fact]
    public async Task Another_ledgers_key_is_refused()
    {
        await Seal();
        using var other = SigningKey.Generate("ledger/01J00000000000000000000000");
        await File.WriteAllTextAsync(Keys()[0], other.Secret(), Stop);

        (await Should.ThrowAsync<BadInput>(Seal)).Message.ShouldContain("found a key of ledger/01J00000000000000000000000");
    }

    [Fact]
    public async Task A_ledger_whose_key_is_elsewhere_says_so_and_takes_a_key_of_this_machine_beside_it()
    {
        string theirs = (await Seal()).Signatures[0].KeyId;
        File.Delete(Keys()[0]);

        (await Should.ThrowAsync<BadInput>(Seal)).Message.ShouldContain($"expected one of {theirs}");
        using var mine = await (await KeyRing.Open(Home, _ledger.Store, Stop)).Add(null, Stop);
        (await Seal()).Signatures.ShouldHaveSingleItem().KeyId.ShouldBe(mine.Verifier.Id);
        (await Verify()).Findings.ShouldContain(finding => finding.Severity == Severity.Doubt && finding.Code == "key-not-vouched-for");
    }

    [Fact]
    public async Task Seals_go_to_files_folders_tags_and_commands()
    {
        string folder = Path.Combine(_folder, "seals"), repository = Path.Combine(_folder, "repository"), said = Path.Combine(_folder, "said");
        Git("init", "-q", repository);
        Git("-C", repository, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "first");
        Git("-C", repository, "config", "user.name", "a");
        Git("-C", repository, "config", "user.email", "a@b");

        string seal = (await Seal(folder, $"git:{repository}", $"exec:cat > {said}")).Text;
        await Seal(folder, $"git:{repository}");

        File.ReadAllText(Directory.GetFiles(folder).ShouldHaveSingleItem()).ShouldBe(seal);
        File.ReadAllText(said).ShouldBe(seal);
        string tag = Git("-C", repository, "tag").Trim();
        Git("-C", repository, "tag", "-l", "--format=%(contents)", tag).Trim().ShouldBe(seal.Trim());
        (await Should.ThrowAsync<NotPublished>(() => Seal($"git:{_folder}/nowhere"))).Message.ShouldContain("nowhere");
        (await Should.ThrowAsync<NotPublished>(() => Seal("exec:echo full >&2; exit 3"))).Message.ShouldContain("exit code 3: full");
    }

    [Fact]
    public async Task A_published_seal_is_never_replaced_by_another_historys()
    {
        string folder = Path.Combine(_folder, "seals");
        await Seal(folder);
        string file = Directory.GetFiles(folder).ShouldHaveSingleItem();
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(file, "another", Stop);

        (await Should.ThrowAsync<OtherSeal>(() => Seal(folder))).ExitCode.ShouldBe(4);

        (await File.ReadAllTextAsync(file, Stop)).ShouldBe("another");
    }

    private async Task<Seal> Seal(params string[] to)
    {
        using var sealing = await Sealing.Open(Home, _ledger.Store, [.. to.Select(SealTarget.Parse)], Stop);
        return await sealing.Seal(Stop);
    }

    private Task<Seal> Seal() => Seal([]);

    private async Task<Verification> Verify(VerifierKey? trusted = null) => await new VerifyLedger.Handler(_ledger.Store.Source, new LedgerPlace(_ledger.ConnectionString, Home.ArtifactFolder))
        .Handle(new VerifyLedger(Keys: trusted is null ? [] : [trusted.ToString()]), Stop);

    private IReadOnlyList<string> Keys() => Directory.GetFiles(Path.Combine(_folder, ".ledger", "keys"), "*.key", SearchOption.AllDirectories);

    private static string Git(params string[] arguments)
    {
        using var git = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("git", arguments) { RedirectStandardOutput = true })!;
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        git.ExitCode.ShouldBe(0);
        return output;
    }
}
