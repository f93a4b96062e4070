using Ledger.Query.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace Ledger.Query.Web.Api;

/// <summary>
/// Every answer is a function of the question, the ledger up to its head and this build of the tool, so these are its entity tag: as long as nothing
/// was recorded, a reader that has an answer is told so without computing it again.
/// </summary>
internal static class LedgerTag
{
    private static readonly string Build = $"{typeof(LedgerTag).Assembly.ManifestModule.ModuleVersionId:N}"[..12];

    public static async ValueTask<object?> Filter(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var tag = new EntityTagHeaderValue($"\"{await Head(http):D}-{Build}\"", isWeak: true);
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        // What comes while the answer is computed is in it and not in the tag, which then only ends sooner.
        var answer = await next(context);
        http.Response.GetTypedHeaders().ETag = tag;
        http.Response.Headers.CacheControl = "private, no-cache";
        return answer;
    }

    private static async Task<long> Head(HttpContext http)
    {
        await using var reading = await Reading.Open(http.RequestServices.GetRequiredService<NpgsqlDataSource>(), null, http.RequestAborted, fold: false);
        return reading.Position;
    }
}
