using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Ledger.Domain;
using Ledger.Query.Runs;
using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ledger.Query.Web.Api;

/// <summary>Events over HTTP: pages of them, and a stream that goes on where a reader was cut off.</summary>
internal static class LiveEvents
{
    private const int Usual = 100, Most = 1000;

    /// <exception cref="BadInput">A limit nobody needs.</exception>
    public static ReadLog Query(string? of, long? from, int? limit) => new(of, from ?? 0, Page(limit));

    /// <summary>How much a page holds.</summary>
    /// <exception cref="BadInput">Less than one, or more than anybody reads.</exception>
    public static int Page(int? limit) => limit is null or (>= 1 and <= Most) ? limit ?? Usual : throw new BadInput(new Problem($"{limit}", $"1 to {Most}", "limit"));

    /// <param name="from">The first position wanted; where it is missing, what comes after <c>Last-Event-ID</c>, or else after now.</param>
    public static async Task<ServerSentEventsResult<LogEntry>> Stream(
        string? of, long? from, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, NpgsqlDataSource source, IMediator mediator, HttpResponse response, CancellationToken stop)
    {
        if (lastEventId is { Length: > 0 })
            from = long.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out long last) ? last + 1 : throw new BadInput(new Problem($"'{lastEventId}'", "a position", "Last-Event-ID"));
        // Asked before the answer begins, so that what is not there is a problem and not a broken stream.
        var first = await mediator.Send(new ReadLog(of, from ?? long.MaxValue, Usual), stop);
        var query = new ReadLog(of, from ?? first.Position + 1, Usual);
        return TypedResults.ServerSentEvents(Items(FollowLog.Pages(source, query, next => mediator.Send(next, stop), stop), response, stop));
    }

    private static async IAsyncEnumerable<SseItem<LogEntry>> Items(IAsyncEnumerable<LogPage> pages, HttpResponse response, [EnumeratorCancellation] CancellationToken stop)
    {
        // So that a reader knows that it is heard before anything happens.
        await response.Body.FlushAsync(stop);
        await foreach (var page in pages.WithCancellation(stop))
        {
            foreach (var entry in page.Events)
                yield return new SseItem<LogEntry>(entry, entry.Type) { EventId = entry.Position.ToString(CultureInfo.InvariantCulture) };
        }
    }
}
