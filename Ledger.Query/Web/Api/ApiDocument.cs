using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Scalar.AspNetCore;

namespace Ledger.Query.Web.Api;

/// <summary>The OpenAPI document of the API and a page to read it. Nothing is fetched from elsewhere.</summary>
internal static class ApiDocument
{
    private const string Path = "/api/openapi.json";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(options => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info.Title = "Ledger";
        document.Info.Version = "v1";
        document.Info.Description = "Reads a ledger of experiments. Entity tags come from ledger positions; problems are RFC 9457 with a code.";
        document.Servers = [];
        return Task.CompletedTask;
    }));

    public static void MapApiDocument(this IEndpointRouteBuilder server)
    {
        server.MapOpenApi(Path);
        server.MapScalarApiReference("/api/docs", page => page.WithTitle("Ledger API").WithOpenApiRoutePattern(Path).DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp());
    }
}
