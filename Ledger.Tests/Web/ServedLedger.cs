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
    private readonly List<IAsyncDisposable> _parts = [];

    public SampleLedger Sample { get; } = new(postgres);

    public HttpClient Http { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Sample.InitializeAsync();
        var ledger = OpenedLedger.At(Sample.Place);
        WebApplication server = WebServer.Of(ledger, new IPEndPoint(IPAddress.Loopback, 0));
        _parts.AddRange([server, ledger]);
        await server.StartAsync(TestContext.Current.CancellationToken);
        Http.BaseAddress = new Uri(WebServer.Url(server));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var part in _parts)
            await part.DisposeAsync();
        await Sample.DisposeAsync();
    }
}
