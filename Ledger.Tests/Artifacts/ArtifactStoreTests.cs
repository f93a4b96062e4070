using System.Text;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Artifacts;

public sealed class ArtifactStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-artifacts-").FullName;

    private readonly ArtifactStore _store;

    public ArtifactStoreTests() => _store = new ArtifactStore(Path.Combine(_folder, "store"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_freed_is_gone_can_be_freed_again_and_comes_back_when_it_is_put_again()
    {
        StoredArtifact kept = _store.Put("kept"u8), freed = _store.Put("freed"u8);
        File.WriteAllText(Path.Combine(_store.Folder, "objects", "a-note"), "not an object");

        _store.Free(freed.Hash);
        _store.Free(freed.Hash);

        _store.Has(freed.Hash).ShouldBeFalse();
        _store.Objects().Select(item => (item.Hash, item.File.Length)).ShouldBe([(kept.Hash, 4)]);
        _store.Put("freed"u8).ShouldBe(freed);
        _store.Verify(freed.Hash);
    }

    [Fact]
    public void Bytes_are_kept_under_their_digest_and_come_back()
    {
        StoredArtifact stored = _store.Put("hello"u8);
        stored.Size.ShouldBe(5);
        stored.Hash.ShouldBe(ContentHash.Of("hello"u8));
        _store.PathOf(stored.Hash).ShouldEndWith("objects/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        _store.Has(stored.Hash).ShouldBeTrue();
        _store.Size(stored.Hash).ShouldBe(5);
        Encoding.UTF8.GetString(_store.ReadAll(stored.Hash)).ShouldBe("hello");
        Files("tmp").ShouldBeEmpty();
    }

    [Fact]
    public void A_writer_in_pieces_and_one_in_whole_give_the_same_artifact()
    {
        StoredArtifact pieces = _store.Put(stream =>
        {
            stream.WriteByte((byte)'h');
            stream.Write(Encoding.UTF8.GetBytes("ello"), 0, 4);
        });
        pieces.ShouldBe(_store.Put("hello"u8));
        Files("objects").Length.ShouldBe(1);
    }

    [Fact]
    public void Many_writers_of_the_same_bytes_do_no_harm()
    {
        byte[] bytes = new byte[300_000];
        Parallel.For(0, 16, _ => new ArtifactStore(_store.Folder).Put(bytes).Size.ShouldBe(300_000));
        Files("objects").Length.ShouldBe(1);
        Files("tmp").ShouldBeEmpty();
        _store.Verify(ContentHash.Of(bytes));
    }

    [Fact]
    public void A_writer_that_fails_leaves_nothing()
    {
        Should.Throw<InvalidOperationException>(() => _store.Put(stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException("the encoder failed");
        }));
        Files("").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("hellO")]
    [InlineData("hell")]
    [InlineData("hello!")]
    [InlineData("")]
    public void A_changed_file_is_found_on_every_way_of_reading(string changed)
    {
        ContentHash hash = _store.Put("hello"u8).Hash;
        Overwrite(hash, changed);

        CorruptArtifact corrupt = Should.Throw<CorruptArtifact>(() => _store.ReadAll(hash));
        corrupt.Hash.ShouldBe(hash);
        corrupt.Found.ShouldBe(ContentHash.Of(Encoding.UTF8.GetBytes(changed)));
        corrupt.ExitCode.ShouldBe(4);
        Should.Throw<CorruptArtifact>(() => _store.Verify(hash));
        Should.Throw<CorruptArtifact>(() => _store.Put("hello"u8));
        using Stream stream = _store.Open(hash);
        Should.Throw<CorruptArtifact>(() => stream.ReadExactly(new byte[changed.Length + 1]));
    }

    [Fact]
    public void The_last_bytes_of_a_changed_file_are_not_given()
    {
        ContentHash hash = _store.Put("hello"u8).Hash;
        Overwrite(hash, "jello");
        using Stream stream = _store.Open(hash);
        stream.ReadExactly(new byte[4]);
        Should.Throw<CorruptArtifact>(() => stream.ReadByte());
    }

    [Fact]
    public void An_empty_artifact_is_an_artifact()
    {
        ContentHash hash = _store.Put(_ => { }).Hash;
        _store.ReadAll(hash).ShouldBeEmpty();
        _store.Verify(hash);
    }

    [Fact]
    public void A_missing_artifact_is_named_with_its_path()
    {
        ContentHash hash = ContentHash.Of("nowhere"u8);
        _store.Has(hash).ShouldBeFalse();
        MissingArtifact missing = Should.Throw<MissingArtifact>(() => _store.ReadAll(hash));
        missing.Message.ShouldContain(_store.PathOf(hash));
        Should.Throw<MissingArtifact>(() => _store.Size(hash));
    }

    [Fact]
    public void A_full_disk_is_said_and_leaves_nothing_behind() => TinyDisk.Run(_folder, kilobytes: 256, () =>
    {
        var store = new ArtifactStore(_folder);
        StoredArtifact small = store.Put(new byte[1000]);
        Should.Throw<ArtifactStoreFull>(() => store.Put(new byte[1_000_000])).Message.ShouldContain(_folder);
        Directory.GetFiles(Path.Combine(_folder, "tmp")).ShouldBeEmpty();
        store.Verify(small.Hash);
        store.Put(new byte[1001]).Size.ShouldBe(1001);
    });

    private void Overwrite(ContentHash hash, string text)
    {
        File.Delete(_store.PathOf(hash));
        File.WriteAllText(_store.PathOf(hash), text);
    }

    private string[] Files(string under) =>
        Directory.GetFiles(Path.Combine(_store.Folder, under), "*", SearchOption.AllDirectories);
}
