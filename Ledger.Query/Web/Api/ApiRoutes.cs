using Ledger.Domain.Evidence.Proofs;
using Ledger.Query.Checks;
using Ledger.Query.Compare;
using Ledger.Query.Evidence;
using Ledger.Query.Lineage;
using Ledger.Query.Results;
using Ledger.Query.Runs;
using Ledger.Query.Status;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Query.Web.Api;

/// <summary>Every question that can be asked over HTTP. Each sends one request, as a verb does.</summary>
internal static class ApiRoutes
{
    public const string Root = "/api/v1";

    public static void MapApi(this IEndpointRouteBuilder server)
    {
        var api = server.MapGroup(Root).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status500InternalServerError);
        var read = api.MapGroup("").AddEndpointFilter(LedgerTag.Filter);
        read.MapGet("/status", (IMediator mediator, CancellationToken stop) => mediator.Send(new LedgerStatus(), stop))
            .WithTags("ledger").WithSummary("Where the ledger stands: head, seal, last verification, experiments with their runs by state.");
        Runs(read);
        Results(read);
        Events(api, read);
        Lineages(read);
        Evidence(read);
    }

    private static void Runs(RouteGroupBuilder api)
    {
        api.MapGet("/runs", (string? experiment, string? state, string? where, long? after, int? limit, IMediator mediator, CancellationToken stop) =>
                mediator.Send(new ListRuns(experiment, state, where, after ?? 0, LiveEvents.Page(limit)), stop))
            .WithTags("runs").WithSummary("Runs in the order of their plans. A page's last position_from is the next one's after.").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/runs/{run}", (string run, IMediator mediator, CancellationToken stop) => mediator.Send(new ShowRun(run), stop))
            .WithTags("runs").WithSummary("One run: steps, environment, data, metrics, attacks, artifacts, flags, what was said of it.").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/runs/{run}/steps/{*step}", (string run, string step, IMediator mediator, CancellationToken stop) => mediator.Send(new ExplainStep(run, step), stop))
            .WithTags("runs").WithSummary("The key of a step, field by field, against the nearest other step.").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/compare", ([FromQuery(Name = "of")] string[] of, [FromQuery(Name = "as_of")] string[]? asOf, bool? all, int? bootstrap, IMediator mediator, CancellationToken stop) =>
                mediator.Send(new CompareLedger(of, asOf ?? [], all ?? false, bootstrap ?? 0), stop))
            .WithTags("runs").WithSummary("What differs between runs, results tables, or one table then and now.").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static void Lineages(RouteGroupBuilder api) =>
        api.MapGet("/lineage", (string of, bool? up, bool? down, [FromQuery(Name = "as_of")] string? asOf, IMediator mediator, CancellationToken stop) => mediator.Send(new ShowLineage(of, up ?? true, down ?? true, asOf), stop))
            .WithTags("evidence").WithSummary("From the bytes of data over networks and attacks to a number, and what rests on it.").ProducesProblem(StatusCodes.Status404NotFound);

    private static void Results(RouteGroupBuilder api)
    {
        api.MapGet("/experiments/{experiment}/results", (string experiment, [FromQuery(Name = "as_of")] string? asOf, IMediator mediator, CancellationToken stop) => mediator.Send(new ShowResults(experiment, asOf), stop))
            .WithTags("results").WithSummary("The results table: matrix points down, attacks across, mean and deviation over seeds.").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/experiments/{experiment}/checks", (string experiment, [FromQuery(Name = "as_of")] string? asOf, IMediator mediator, CancellationToken stop) => mediator.Send(new JudgeExperiment(experiment, asOf), stop))
            .WithTags("results").WithSummary("The experiment's claims, judged on its results.").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/experiments/{experiment}/replays", (string experiment, IMediator mediator, CancellationToken stop) => mediator.Send(new CountReplays(experiment), stop))
            .WithTags("results").WithSummary("How many runs were reproduced, of how many, and when last.").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static void Events(RouteGroupBuilder api, RouteGroupBuilder read)
    {
        read.MapGet("/events", (string? of, long? from, int? limit, IMediator mediator, CancellationToken stop) => mediator.Send(LiveEvents.Query(of, from, limit), stop))
            .WithTags("events").WithSummary("Events in the order of their positions, from one on.").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/events/live", LiveEvents.Stream)
            .WithTags("events").WithSummary("The same as they come: server-sent events whose id is the position.").Produces<LogEntry>(contentType: "text/event-stream");
    }

    private static void Evidence(RouteGroupBuilder api) =>
        api.MapGet("/proof", async (string of, IMediator mediator, CancellationToken stop) => TypedResults.Content((await mediator.Send(new Prove(of), stop)).ToJson(), "application/json"))
            .WithTags("evidence").WithSummary("A proof of an event, run, artifact or cell, which can be checked without this ledger.")
            .Produces<Proof>().ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
}
