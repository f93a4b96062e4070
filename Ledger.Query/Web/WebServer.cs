using System.Net;
using System.Text.Json.Serialization;
using Ledger.Query.Web.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MudBlazor.Services;
using Prometheus;

namespace Ledger.Query.Web;

/// <summary>
/// The HTTP server of one ledger. It reads: no request changes anything but positions given to what is committed and tables brought up to them.
/// </summary>
internal static class WebServer
{
    private const int LargestBody = 64 * 1024;

    /// <param name="address">Port 0: any that is free.</param>
    public static WebApplication Of(OpenedLedger ledger, IPEndPoint address)
    {
        // Not the environment's settings nor files beside the program: what is served is what was asked for.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(WebServer).Assembly.GetName().Name });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address);
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.AddServerHeader = false;
        });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Services.AddRouting().AddLogging();
        builder.Services.AddUseCases(typeof(WebServer).Assembly).AddSingleton(ledger.Source).AddSingleton(ledger.Place);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = Edge.Json.PropertyNamingPolicy;
            json.SerializerOptions.Encoder = Edge.Json.Encoder;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            foreach (var converter in Edge.Json.Converters)
                json.SerializerOptions.Converters.Add(converter);
        });
        builder.Services.AddProblemDetails(details => details.CustomizeProblemDetails = ApiProblems.Complete).AddExceptionHandler<ApiProblems>();
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddApiDocument();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddMudServices();
        builder.Services.AddSingleton<LedgerPulse>().AddHostedService(services => services.GetRequiredService<LedgerPulse>());
        // Nothing outlives this process that would have to be read by another.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        // A page elsewhere whose name is made to point here must not read the ledger through somebody's browser.
        builder.Services.AddHostFiltering(hosts => hosts.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);
        return With(builder.Build(), ledger);
    }

    /// <summary>Where a server that has started listens.</summary>
    public static string Url(WebApplication server) =>
        server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static WebApplication With(WebApplication server, OpenedLedger ledger)
    {
        server.UseHostFiltering();
        server.UseExceptionHandler();
        server.UseStatusCodePages();
        server.Use(Headers);
        server.UseHttpMetrics();
        server.UseAntiforgery();
        server.MapHealth(ledger);
        server.MapApi();
        server.MapApiDocument();
        server.MapAssets();
        server.MapRazorComponents<Pages.App>().AddInteractiveServerRenderMode();
        return server;
    }

    private static Task Headers(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
        return next(context);
    }
}
