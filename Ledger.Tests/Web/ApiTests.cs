using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Ledger.Domain.Runs;
using Ledger.Tests.Query;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Web;

/// <summary>The ledger over HTTP: what each question answers, and how each thing that goes wrong is said.</summary>
public sealed class ApiTests(ServedLedger ledger) : IClassFixture<ServedLedger>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("status", "status --json")]
    [InlineData("runs?experiment=sample&state=completed", "runs --experiment sample --state completed --json")]
    [InlineData("runs/01JEC", "show 01JEC --json")]
    [InlineData("runs/01JEC/steps/base", "explain 01JEC base --json")]
    [InlineData("compare?of=01JEA&of=01JEC&all=true", "compare 01JEA 01JEC --all --json")]
    [InlineData("compare?of=sample&as_of=40", "compare sample --as-of 40 --json")]
    [InlineData("lineage?of=01JEC&down=false", "lineage 01JEC --up --json")]
    [InlineData("runs?where=seed%20%3D%201&limit=2", "runs --where seed=1 --limit 2 --json")]
    [InlineData("experiments/sample/results?as_of=40", "results sample --as-of 40 --json")]
    [InlineData("experiments/sample/replays", "replays sample --json")]
    public async Task It_answers_what_the_verb_answers(string question, string line)
    {
        var answer = await ledger.Http.GetStringAsync($"/api/v1/{question}", Stop);
        var said = await Said.By(ledger.Sample.Place, line.Split(' '));
        JsonElement.DeepEquals(JsonElement.Parse(answer), JsonElement.Parse(said.Output)).ShouldBeTrue(answer);
    }

    [Theory]
    [InlineData("runs/zzz", 404, "not-found", "found no run 'zzz'")]
    [InlineData("experiments/nope/results", 404, "not-found", "found no experiment 'nope'")]
    [InlineData("runs/01J", 400, "bad-input", "which 6 runs begin with")]
    [InlineData("runs?state=gone", 400, "bad-input", "expected one of planned")]
    [InlineData("compare", 400, "bad-input", "expected 1 to 200 runs or experiments")]
    [InlineData("compare?of=01JEA&of=01JEB&bootstrap=many", 400, "bad-input", "bootstrap")]
    [InlineData("experiments/sample/results?as_of=never", 400, "bad-input", "expected a position")]
    [InlineData("events?limit=1001", 400, "bad-input", "limit: found 1001, expected 1 to 1000")]
    [InlineData("events?from=-1", 400, "bad-input", "expected a position, 0 or more")]
    [InlineData("events/live?of=nope", 404, "not-found", "no run or experiment 'nope'")]
    [InlineData("proof?of=82", 409, "not-sealed", "is not sealed yet")]
    public async Task What_goes_wrong_is_a_problem_with_a_code(string question, int status, string code, string detail)
    {
        using var response = await ledger.Http.GetAsync($"/api/v1/{question}", Stop);
        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonElement.Parse(await response.Content.ReadAsStringAsync(Stop));
        problem.GetProperty("code").GetString().ShouldBe(code);
        problem.GetProperty("detail").GetString()!.ShouldContain(detail);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nope", 404)]
    [InlineData("POST", "/api/v1/status", 405)]
    [InlineData("DELETE", "/api/v1/runs/01JEA", 405)]
    public async Task What_there_is_not_is_a_problem_too(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await ledger.Http.SendAsync(request, Stop);
        ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType).ShouldBe((status, "application/problem+json"));
    }

    [Fact]
    public async Task As_long_as_nothing_is_recorded_a_reader_is_told_that_it_knows_the_answer()
    {
        using var first = await ledger.Http.GetAsync("/api/v1/runs", Stop);
        (await Again(first.Headers.ETag!)).ShouldBe(HttpStatusCode.NotModified);
        await ledger.Sample.Append($"review/{SampleLedger.Runs[1]}", new Annotated("something new"));
        (await Again(first.Headers.ETag!)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_page_elsewhere_cannot_read_it_under_another_name()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status") { Headers = { Host = "elsewhere.example" } };
        using var response = await ledger.Http.SendAsync(request, Stop);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("0.0.0.0:7077", "found 0.0.0.0, which others reach, expected loopback")]
    [InlineData("127.0.0.1", "expected an address and a port")]
    [InlineData("nowhere:7077", "expected an address and a port")]
    public async Task It_listens_where_nobody_else_reaches_it(string listen, string part)
    {
        var said = await Said.By(ledger.Sample.Place, "serve", "--listen", listen);
        said.ExitCode.ShouldBe(2);
        said.Error.ShouldContain(part);
    }

    [Fact]
    public async Task Live_events_come_as_they_are_recorded_and_go_on_after_the_last_one_seen()
    {
        await using var stream = await ledger.Http.GetStreamAsync("/api/v1/events/live?of=01JED&from=1", Stop);
        await using var events = SseParser.Create(stream).EnumerateAsync(Stop).GetAsyncEnumerator(Stop);
        (await events.MoveNextAsync()).ShouldBeTrue();
        events.Current.EventType.ShouldBe("run.planned.v1");
        string seen = events.Current.EventId!;

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events/live?of=01JED");
        request.Headers.Add("Last-Event-ID", "82");
        using var response = await ledger.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        await using var later = SseParser.Create(await response.Content.ReadAsStreamAsync(Stop)).EnumerateAsync(Stop).GetAsyncEnumerator(Stop);
        await ledger.Sample.Append($"review/{SampleLedger.Runs[3]}", new Annotated("seen live"));
        (await later.MoveNextAsync()).ShouldBeTrue();
        later.Current.Data.ShouldContain("seen live");
        long.Parse(later.Current.EventId!, null).ShouldBeGreaterThan(long.Parse(seen, null));
    }

    [Theory]
    [InlineData("/healthz", "ok")]
    [InlineData("/readyz", "ok")]
    [InlineData("/metrics", "ledger_head_position")]
    [InlineData("/api/docs/", "Ledger API")]
    public async Task Those_who_watch_over_it_get_an_answer(string path, string part) =>
        (await ledger.Http.GetStringAsync(path, Stop)).ShouldContain(part);

    [Fact]
    public async Task The_page_of_the_api_asks_nobody_else()
    {
        string page = await ledger.Http.GetStringAsync("/api/docs/", Stop);
        page.ShouldNotContain("https://");
        page.ShouldNotContain("http://");
    }

    [Fact]
    public async Task The_document_of_the_api_is_what_it_was() => await Snapshots.Hold("openapi", await ledger.Http.GetStringAsync("/api/openapi.json", Stop));

    private async Task<HttpStatusCode> Again(EntityTagHeaderValue known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/runs");
        request.Headers.IfNoneMatch.Add(known);
        using var response = await ledger.Http.SendAsync(request, Stop);
        return response.StatusCode;
    }
}
