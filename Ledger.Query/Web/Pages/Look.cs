using MudBlazor;

namespace Ledger.Query.Web.Pages;

/// <summary>Colours and type of the pages: contrast of text at least 4.5 to 1 in both schemes, and no type that would have to be fetched.</summary>
internal static class Look
{
    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight { Primary = "#1f5fa8", TextPrimary = "#1b1f24", TextSecondary = "#57606a", Background = "#ffffff", LinesDefault = "#d8dee4" },
        PaletteDark = new PaletteDark { Primary = "#7db4f0", TextPrimary = "#e6edf3", TextSecondary = "#9aa4af", Background = "#12161b", Surface = "#181d23", LinesDefault = "#30363d" },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = ["system-ui", "sans-serif"] } },
    };
}
