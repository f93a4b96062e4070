using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ledger.Runner.Torch;

/// <summary>
/// A library loaded from a copy in which one symbol version is optional. Copies are kept in a cache under the SHA-256 of the
/// original; a cached copy is compared byte for byte before it is loaded, so a damaged or foreign one is replaced.
/// </summary>
public static class PatchedLibrary
{
    /// <summary><c>$XDG_CACHE_HOME/ledger</c> or <c>~/.cache/ledger</c>.</summary>
    public static string CacheFolder
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            return Path.Combine(
                Path.IsPathRooted(cache) ? cache! : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                "ledger");
        }
    }

    /// <summary>Loads the copy from the cache, or, where no cache can be kept, from a private folder that is removed again.</summary>
    public static IntPtr Load(string path, string version)
    {
        try
        {
            return NativeLibrary.Load(Place(path, version, CacheFolder));
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            var folder = Directory.CreateTempSubdirectory("ledger-native-");
            try
            {
                return NativeLibrary.Load(Place(path, version, folder.FullName));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    /// <summary>Makes sure that the copy is in <paramref name="cache"/>, and gives its path.</summary>
    public static string Place(string path, string version, string cache)
    {
        var original = File.ReadAllBytes(path);
        var patched = ElfVersionNeeds.WithOptional(original, version);
        var copy = Path.Combine(cache, Convert.ToHexStringLower(SHA256.HashData(original)) + Path.GetExtension(path));
        if (File.Exists(copy) && File.ReadAllBytes(copy).AsSpan().SequenceEqual(patched))
            return copy;
        Directory.CreateDirectory(cache);
        var temporary = $"{copy}.{Guid.NewGuid():N}";
        File.WriteAllBytes(temporary, patched);
        File.Move(temporary, copy, overwrite: true);
        return copy;
    }
}
