using Microsoft.Playwright;
using Xunit;

namespace Ledger.Tests.Web;

/// <summary>
/// A real Chromium: <c>LEDGER_TEST_BROWSER</c>, or one of the usual places. Without one the tests that need it are skipped, unless that variable
/// says <c>required</c>, as in CI.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];
    private static readonly string? Wanted = Environment.GetEnvironmentVariable("LEDGER_TEST_BROWSER");

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        string? path = Usual.Prepend(Wanted ?? "").FirstOrDefault(File.Exists);
        if (path is null)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    /// <summary>A page of its own, with no cookies.</summary>
    public async Task<IPage> Page(Uri baseAddress)
    {
        if (_browser is null && Wanted == "required")
            throw new InvalidOperationException($"No Chromium at {string.Join(", ", Usual)}. Install the package chromium.");
        Assert.SkipWhen(_browser is null, "No Chromium here. Install the package chromium, or name one by LEDGER_TEST_BROWSER.");
        var context = await _browser!.NewContextAsync(new() { BaseURL = baseAddress.ToString(), ViewportSize = new() { Width = 1280, Height = 900 }, ColorScheme = ColorScheme.Light });
        return await context.NewPageAsync();
    }

    /// <summary>Ends what the pages so far have open.</summary>
    public async Task Close()
    {
        foreach (var context in _browser?.Contexts.ToList() ?? [])
            await context.CloseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
