using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Ledger.Query.Web;

/// <summary>Scripts and styles out of this assembly, at addresses with their digest, so that a browser keeps each for good. None comes from elsewhere.</summary>
internal static class EmbeddedAssets
{
    private const string Prefix = "assets/";

    private static readonly FrozenDictionary<string, Asset> All = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(name => name[Prefix.Length..], Asset.Read, StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">No such asset.</exception>
    public static string Url(string name) => $"/assets/{All[name].Digest}/{name}";

    public static void MapAssets(this IEndpointRouteBuilder server) => server.MapGet("/assets/{digest}/{name}", Answer).ExcludeFromDescription();

    private static IResult Answer(string digest, string name, HttpResponse response)
    {
        if (!All.TryGetValue(name, out var asset) || asset.Digest != digest)
            return TypedResults.NotFound();
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(asset.Bytes, asset.ContentType, entityTag: new EntityTagHeaderValue($"\"{asset.Digest}\""));
    }

    private sealed record Asset(byte[] Bytes, string Digest, string ContentType)
    {
        public static Asset Read(string resource)
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            string type = Path.GetExtension(resource) switch
            {
                ".css" => "text/css",
                ".js" => "text/javascript",
                ".svg" => "image/svg+xml",
                var other => throw new InvalidOperationException($"No content type for {other}."),
            };
            return new Asset(bytes, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16], type);
        }
    }
}
