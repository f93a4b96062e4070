using Ledger.Runner.Executor;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Executor;

public sealed class CrashReportTests
{
    [Fact]
    public void The_first_frame_below_the_signal_handler_is_named_with_the_method_that_called_it()
    {
        var report = Report("""
            {"native_module": "libc.so.6", "unmanaged_name": "wait4"},
            {"native_module": "libcoreclr.so", "native_image_offset": "0x51e1"},
            {"native_module": "libc.so.6", "native_image_offset": "0x3c050"},
            {"native_module": "libtorch_cpu.so", "unmanaged_name": "at::native::convolution", "native_image_offset": "0x10"},
            {"native_module": "libLibTorchSharp.so", "native_image_offset": "0x20"},
            {"is_managed": "true", "native_image_offset": "0x30"},
            {"is_managed": "true", "method_name": "Ledger.Runner.Models.Evaluation.Of(Ledger.Domain.Models.Node, Boolean)"},
            {"is_managed": "true", "method_name": "Ledger.Runner.Models.Network.Compute(Ledger.Runner.Models.Hop)"}
            """);
        CrashReport.Where(report).ShouldBe("in libtorch_cpu.so, at::native::convolution, called by Ledger.Runner.Models.Evaluation.Of");
    }

    [Fact]
    public void A_native_place_without_a_name_is_told_by_its_offset() =>
        CrashReport.Where(Report("""{"native_module": "libdnnl.so", "native_image_offset": "0xa3c0"}""")).ShouldBe("in libdnnl.so, 0xa3c0");

    [Fact]
    public void A_report_that_ends_in_the_middle_tells_what_it_has() => CrashReport.Where(
        """
        {"payload": {"threads": [{"crashed": "true", "stack_frames": [
          {"native_image_offset": "0x63e1382", "native_module": "libtorch_cpu.so"},
          {"unmanaged_name": "at::_ops::view::call(at::Tensor const&)", "native_module": "libtorch_cpu.so"},
          {"native_image_offset": "0x1
        """).ShouldBe("in libtorch_cpu.so, at::_ops::view::call");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{\"payload\": {\"threads\": [")]
    [InlineData("{\"payload\": {}}")]
    [InlineData("{\"payload\": {\"threads\": [{\"crashed\": \"true\", \"stack_frames\": []}]}}")]
    public void A_report_that_is_missing_cut_short_or_empty_says_nothing(string? report) => CrashReport.Where(report).ShouldBeNull();

    [Fact]
    public void Two_processes_never_share_a_report()
    {
        var (first, second) = (new Dictionary<string, string?>(), new Dictionary<string, string?>());
        CrashReport.AskFor(first, "logs");
        CrashReport.AskFor(second, "logs");
        CrashReport.PathOf(first).ShouldNotBeNull().ShouldStartWith(Path.Combine("logs", "crash-"));
        CrashReport.PathOf(first).ShouldNotBe(CrashReport.PathOf(second));
        CrashReport.PathOf(new Dictionary<string, string?>()).ShouldBeNull();
    }

    [Fact]
    public void A_dump_that_someone_asked_for_stays_as_it_is()
    {
        var environment = new Dictionary<string, string?> { ["DOTNET_DbgEnableMiniDump"] = "1" };
        CrashReport.AskFor(environment, "logs");
        environment.ShouldHaveSingleItem();
    }

    private static string Report(string frames) =>
        """{"payload": {"threads": [{"stack_frames": []}, {"crashed": "true", "stack_frames": [""" + frames + "]}]}}";
}
