using Deque.AxeCore.Playwright;
using Ledger.Domain.Runs;
using Ledger.Tests.Query;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Ledger.Tests.Web;

/// <summary>The pages in a real browser.</summary>
public sealed class PagesTests(ServedLedger ledger, Browser browser) : IClassFixture<ServedLedger>, IClassFixture<Browser>, IAsyncDisposable
{
    private static readonly Dictionary<string, string> Pages = new(StringComparer.Ordinal)
    {
        ["home"] = "/",
        ["runs"] = "/runs",
        ["experiment"] = "/experiments/sample",
        ["run"] = "/runs/01JEC",
        ["compare"] = "/compare?of=01JEA&of=01JEC",
        ["lineage"] = "/lineage?of=01JEC",
        ["events"] = "/events?of=01JEC",
        ["event"] = "/events/40",
        ["flags"] = "/flags",
        ["audit"] = "/audit",
        ["missing"] = "/runs/zzz",
    };

    private static readonly string? Shots = Environment.GetEnvironmentVariable("LEDGER_SCREENSHOTS");

    public static TheoryData<string> Names => [.. Pages.Keys];

    private Uri Address => ledger.Http.BaseAddress!;

    public async ValueTask DisposeAsync() => await browser.Close();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_page_fits_and_can_be_read_by_everyone_and_asks_nobody_else(string name)
    {
        var page = await browser.Page(Address);
        var wrong = new List<string>();
        page.Console += (_, message) => { if (message.Type == "error") wrong.Add(message.Text); };
        page.Request += (_, request) => { if (!request.Url.StartsWith(Address.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) wrong.Add(request.Url); };
        await Open(page, Pages[name]);
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.WaitForFunctionAsync("dark => (getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 128) === dark", scheme == ColorScheme.Dark);
            foreach (int width in new[] { 2560, 1280, 360 })
                await Fits(page, width, $"{name}-{width}-{scheme}");
            var found = (await page.RunAxe()).Violations.Where(violation => violation.Impact is "serious" or "critical");
            found.Select(violation => $"{scheme} {violation.Id}: {violation.Help} ({string.Join(", ", violation.Nodes.Select(node => node.Html))})").ShouldBeEmpty();
        }

        wrong.ShouldBeEmpty();
    }

    private static async Task Fits(IPage page, int width, string name)
    {
        await page.SetViewportSizeAsync(width, 900);
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth")).ShouldBeLessThanOrEqualTo(0, name);
        if (Shots is not null)
            await page.ScreenshotAsync(new() { Path = Path.Combine(Shots, $"{name}.png") });
    }

    [Fact]
    public async Task From_a_run_to_its_number_to_the_event_it_comes_from()
    {
        var page = await browser.Page(Address);
        await Open(page, "/");
        await page.GetByRole(AriaRole.Link, new() { Name = "sample", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "seed 1" }).Nth(1).ClickAsync();
        await page.GetByRole(AriaRole.Region, new() { Name = "Attacks" }).GetByRole(AriaRole.Link, new() { Name = "31.8" }).ClickAsync();
        await Expect(page.GetByText("run.attack_completed.v1")).ToBeVisibleAsync();
        await Expect(page.GetByText("\"broken\": 530")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "proof" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Something_is_found_by_its_first_letters()
    {
        var page = await browser.Page(Address);
        await Open(page, "/");
        await page.GetByLabel("Find a run or an experiment").FillAsync("01jed");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/runs/{SampleLedger.Runs[3]}$"));
    }

    [Fact]
    public async Task A_results_table_is_shown_as_it_was()
    {
        var page = await browser.Page(Address);
        await Open(page, "/experiments/sample?as_of=20");
        await Expect(page.GetByText("at position 20")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task A_running_run_is_seen_running()
    {
        await ledger.Sample.Append($"run/{SampleLedger.Runs[6]}", SampleLedger.Begun(7));
        var page = await browser.Page(Address);
        await Open(page, $"/runs/{SampleLedger.Runs[6]}");
        await Expect(page.Locator("dd [role=status]")).ToHaveTextAsync("running, 0 of 4 steps");
        await ledger.Sample.Store.Append($"run/{SampleLedger.Runs[6]}", 4, "fail", [new StepFailed("base", "diverged", "loss is not finite"), new Failed(["base"], 6)], SampleLedger.Someone, TestContext.Current.CancellationToken);
        await ledger.Sample.Store.Advance(TestContext.Current.CancellationToken);
        await Expect(page.Locator("dd [role=status]")).ToHaveTextAsync("failed, 0 of 4 steps");
    }

    private static async Task Open(IPage page, string path)
    {
        await page.GotoAsync(path);
        // Blazor takes over: what was rendered before does not answer to clicks.
        await page.WaitForFunctionAsync("document.querySelector('nav[aria-busy=false]') && !document.body.innerText.includes('Reading the ledger')");
    }
}
