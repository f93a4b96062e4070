using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Ledger.Query.Runs;

/// <summary><c>log</c>: page after page, then, if asked to follow, whatever comes.</summary>
internal static class LogCommand
{
    public static Task<int> Run(Edge edge, ReadLog query, bool follow, bool json, CancellationToken stop) => Problems.Guard(
        async () =>
        {
            await using var ledger = await edge.Open(stop);
            await using var provider = Edge.Services(ledger).BuildServiceProvider();
            var mediator = provider.GetRequiredService<IMediator>();
            Action<LogPage> show = json ? page => LogConsole.ShowJson(edge.Output, page) : page => LogConsole.Show(edge.Output, page);
            if (follow)
                return await LogConsole.Follow(FollowLog.Pages(ledger.Source, query, next => mediator.Send(next, stop), stop), show, stop);
            LogPage page;
            do
            {
                page = await mediator.Send(query, stop);
                show(page);
                query = query with { From = page.Next(query.Limit) };
            }
            while (page.Events.Count == query.Limit);
            return 0;
        },
        edge.Error);
}
