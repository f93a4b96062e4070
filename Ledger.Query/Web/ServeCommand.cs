using System.CommandLine;
using System.Net;
using Ledger.Domain;
using Microsoft.Extensions.Hosting;

namespace Ledger.Query.Web;

/// <summary><c>serve</c>: API and pages until Ctrl-C.</summary>
internal static class ServeCommand
{
    public static Command Verb(Edge edge)
    {
        var listen = new Option<string>("--listen") { Description = "Address and port, on loopback: there are no tokens yet that would keep others out.", DefaultValueFactory = _ => "127.0.0.1:7077" };
        var verb = new Command("serve", "The ledger in a browser and over HTTP, read only, until Ctrl-C.") { listen };
        verb.SetAction((parsed, stop) => Problems.Guard(() => Serve(edge, Address(parsed.GetValue(listen)!), stop), edge.Error));
        return verb;
    }

    private static async Task<int> Serve(Edge edge, IPEndPoint address, CancellationToken stop)
    {
        await using var ledger = await edge.Open(stop);
        await using var server = WebServer.Of(ledger, address);
        await server.StartAsync(stop);
        edge.Output.WriteLine($"{WebServer.Url(server)}  (API: {WebServer.Url(server)}/api/docs)  Ctrl-C stops it.");
        await server.WaitForShutdownAsync(stop);
        return 0;
    }

    /// <exception cref="BadInput">Not an address with a port, or one that others reach.</exception>
    internal static IPEndPoint Address(string text) =>
        !IPEndPoint.TryParse(text.Replace("localhost", "127.0.0.1", StringComparison.OrdinalIgnoreCase), out var address) || !text.Contains(':')
            ? throw new BadInput(new Problem($"'{text}'", "an address and a port, such as 127.0.0.1:7077 or [::1]:7077", "--listen"))
            : IPAddress.IsLoopback(address.Address)
                ? address
                : throw new BadInput(new Problem($"{address.Address}, which others reach", "loopback: everything in the ledger could be read by anyone", "--listen", Hint: "ssh -L 7077:127.0.0.1:7077 shows it on another machine"));
}
