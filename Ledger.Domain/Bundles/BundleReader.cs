using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ledger.Domain.Evidence;

namespace Ledger.Domain.Bundles;

/// <summary>Walks through a bundle from its first byte to its last, and refuses whatever does not belong there. It knows nothing of what the parts say.</summary>
/// <param name="path">For messages, and to be read.</param>
public sealed class BundleReader(string path)
{
    private const int LargestSmallPart = 1 << 20;

    private readonly StringBuilder _sums = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of the list of digests; known at the end.</summary>
    public ContentHash Digest { get; private set; }

    /// <param name="part">Called with each part's name and content, in order; what it leaves unread is skipped.</param>
    /// <exception cref="BrokenBundle">Not a bundle, damaged, or cut off.</exception>
    public async Task Read(Func<string, long, Stream, Task> part, CancellationToken stop)
    {
        try
        {
            await using var file = File.OpenRead(path);
            string? sums = null;
            await Ustar.Read(file, async (name, content) => sums = sums is null ? await One(name, content, part, stop) : throw Broken(Shown(name), "a part after the digests", $"{BundleNames.Sums} to be the last"), stop);
            await OnlyZeros(file, stop);
            if (sums is null)
                throw Broken("the end", "no digests", $"{BundleNames.Sums}; the file was cut off");
            if (sums != _sums.ToString())
                throw Broken(BundleNames.Sums, "other digests", "those of the parts");
            Digest = ContentHash.Of(Encoding.ASCII.GetBytes(sums));
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Broken("the archive", e.Message, "a tar archive as 'ledger export' writes it");
        }
    }

    public BrokenBundle Broken(string where, string found, string expected) => new(path, where, found, expected);

    /// <summary>A part that is small, whole.</summary>
    public async Task<byte[]> Whole(string name, long length, Stream content, CancellationToken stop, int largest = LargestSmallPart)
    {
        if (length > largest)
            throw Broken(name, $"{length} bytes", $"at most {largest}");
        byte[] bytes = new byte[length];
        await content.ReadExactlyAsync(bytes, stop);
        return bytes;
    }

    /// <summary>Lines of a part, without their newlines.</summary>
    public async IAsyncEnumerable<(int Number, byte[] Line)> Lines(string name, Stream content, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        byte[] buffer = new byte[1 << 16];
        int start = 0, end = 0, number = 0;
        while (true)
        {
            int newline = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                yield return (++number, buffer[start..(start + newline)]);
                start += newline + 1;
                continue;
            }

            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
            }

            if (end == buffer.Length && end > BundleLines.Longest)
                throw Broken($"{name} line {number + 1}", $"more than {BundleLines.Longest} bytes", "a line of an event");
            if (end == buffer.Length)
                Array.Resize(ref buffer, 2 * end);
            int read = await content.ReadAsync(buffer.AsMemory(end), stop);
            if (read == 0)
                break;
            end += read;
        }

        if (end > start)
            throw Broken($"{name} line {number + 1}", "no newline at its end", "a whole line");
    }

    /// <exception cref="BrokenBundle"/>
    public BundleManifest Manifest(byte[] json)
    {
        try
        {
            if (JsonSerializer.Deserialize<BundleManifest>(json, LedgerJson.Strict) is { Format: BundleManifest.Version } manifest
                && CanonicalJson.Bytes(manifest).AsSpan().SequenceEqual(json) && manifest.Logs.All(log => log.Size is >= 0 and <= long.MaxValue / 32 && Ulid.TryParse(log.Origin, out _))
                && manifest.Logs.DistinctBy(log => log.Origin).Count() == manifest.Logs.Count && manifest.Logs.Any(log => log.Origin == manifest.Origin))
                return manifest;
        }
        catch (Exception e) when (e is JsonException or NotCanonical)
        {
            throw Broken(BundleNames.Manifest, e.Message, $"the list of a bundle in format {BundleManifest.Version}");
        }

        throw Broken(BundleNames.Manifest, "something else", $"the list of a bundle in format {BundleManifest.Version}");
    }

    /// <returns>The digests, when the part is them.</returns>
    private async Task<string?> One(string name, UstarContent content, Func<string, long, Stream, Task> part, CancellationToken stop)
    {
        if (name is not (BundleNames.Manifest or BundleNames.Events or BundleNames.Sums) && !BundleNames.Others().IsMatch(name))
            throw Broken(Shown(name), "a name that no part has", "the parts of a bundle");
        if (!_names.Add(name))
            throw Broken(name, "it a second time", "each part once");
        if (name == BundleNames.Sums)
            return Encoding.Latin1.GetString(await Whole(name, content.Length, content, stop, largest: 512 << 20));
        using var hash = SHA256.Create();
        await using (var hashing = new CryptoStream(content, hash, CryptoStreamMode.Read, leaveOpen: true))
        {
            await part(name, content.Length, hashing);
            await hashing.CopyToAsync(Stream.Null, stop);
        }

        _sums.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(hash.Hash!)}  {name}\n");
        return null;
    }

    /// <summary>An archive ends in zeros; whatever else stands there is not part of it, and has no digest.</summary>
    private async Task OnlyZeros(FileStream file, CancellationToken stop)
    {
        byte[] rest = new byte[1 << 16];
        for (int read; (read = await file.ReadAsync(rest, stop)) > 0;)
        {
            if (rest.AsSpan(0, read).ContainsAnyExcept((byte)0))
                throw Broken("the end", "more bytes", "nothing after the archive");
        }
    }

    private static string Shown(string name) => JsonSerializer.Serialize(name.Length > 80 ? name[..80] + "…" : name);
}
