using System.Net;
using Ledger.Query;
using Ledger.Query.Web;
using Ledger.Tests.Query;
using Ledger.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Ledger.Tests.Web;

/// <summary>The sample ledger behind a real server on a port of its own.</summary>
public sealed class ServedLedger(PostgresFixture postgres) : IAsyncLifetime
{
    private OpenedLedger? _ledger;
    private WebApplication? _server;

    public SampleLedger Sample { get; } = new(postgres);

    public HttpClient Http { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Sample.InitializeAsync();
        _ledger = OpenedLedger.At(Sample.Place);
        _server = WebServer.Of(_ledger, new IPEndPoint(IPAddress.Loopback, 0));
        await _server.StartAsync(TestContext.Current.CancellationToken);
        Http.BaseAddress = new Uri(WebServer.Url(_server));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server!.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
        await _ledger!.DisposeAsync();
        await Sample.DisposeAsync();
    }
}
