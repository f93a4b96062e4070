using System.CommandLine;
using System.Text.Json;
using Ledger.Domain;
using Ledger.Query;
using Ledger.Query.Export;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Ledger.Tests.Export;

public sealed class ExportRunTests(RecordedRuns runs) : IClassFixture<RecordedRuns>, IDisposable
{
    private readonly ScratchFolder _scratch = new();

    private string Out => _scratch.At("out");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_run_becomes_a_folder_with_its_network_outcomes_results_and_file()
    {
        Exported export = await runs.Send(new ExportRun(RecordedRuns.First, Out));

        export.Step.ShouldBe("pruned");
        export.Files.Select(f => f.Path).ShouldBe(Directory.EnumerateFiles(Out, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Out, f)), ignoreOrder: true);
        Text("spec.yaml").ShouldBe(RecordedRuns.Yaml);
        File.Exists(_scratch.At("out", "outcomes", "weak", "fgsm.parquet")).ShouldBeTrue();
        using var rows = JsonDocument.Parse(Text("results.json"));
        JsonElement row = rows.RootElement.EnumerateArray().ShouldHaveSingleItem();
        row.GetProperty("robust_accuracy").GetDouble().ShouldBe(0.25);
        row.GetProperty("eps_as_written").GetString().ShouldBe("8/255");
    }

    [Fact]
    public async Task The_manifest_gives_the_positions_of_the_events_that_name_the_artifacts()
    {
        await runs.Send(new ExportRun(RecordedRuns.First, Out));

        Source("model.safetensors").GetProperty("position").GetInt64().ShouldBe(await runs.Position(RecordedRuns.First, "run.compression_completed.v1"));
        Source("outcomes/weak/fgsm.parquet").GetProperty("position").GetInt64().ShouldBe(await runs.Position(RecordedRuns.First, "run.attack_completed.v1"));
    }

    [Fact]
    public async Task Another_network_of_the_run_can_be_named()
    {
        await runs.Send(new ExportRun(RecordedRuns.First, Out, Step: "base"));

        Source("model.safetensors").GetProperty("position").GetInt64().ShouldBe(await runs.Position(RecordedRuns.First, "run.training_completed.v1"));
    }

    [Fact]
    public async Task A_network_taken_over_from_a_retracted_run_says_both()
    {
        Exported export = await runs.Send(new ExportRun(RecordedRuns.Second, Out));

        export.Retracted.ShouldBeTrue();
        Source("model.safetensors").GetProperty("run").GetString().ShouldBe(RecordedRuns.First);
        Source("model.safetensors").GetProperty("position").GetInt64().ShouldBe(await runs.Position(RecordedRuns.First, "run.training_completed.v1"));
        Text("README.md").ShouldContain("retracted");
    }

    [Fact]
    public async Task The_beginning_of_an_id_is_enough()
    {
        Exported export = await runs.Send(new ExportRun("01sec", Out));

        export.Run.ShouldBe(RecordedRuns.Second);
    }

    [Fact]
    public async Task Everything_wrong_with_the_request_is_said_at_once()
    {
        BadInput bad = await Should.ThrowAsync<BadInput>(() => runs.Send(new ExportRun("", _scratch.Path)));
        bad.Problems.Select(p => p.Path).ShouldBe(["run"]);

        Directory.CreateDirectory(_scratch.At("mine"));
        bad = await Should.ThrowAsync<BadInput>(() => runs.Send(new ExportRun("", _scratch.Path)));
        bad.Problems.Select(p => p.Path).ShouldBe(["run", "folder"]);
    }

    [Fact]
    public async Task Nothing_is_written_for_a_run_that_is_not_there()
    {
        await Should.ThrowAsync<BadInput>(() => runs.Send(new ExportRun("01NOSUCH", Out)));

        Directory.Exists(Out).ShouldBeFalse();
    }

    [Fact]
    public async Task The_verb_takes_its_options_and_answers_in_json()
    {
        var output = new StringWriter();
        var root = new RootCommand();
        QueryCommands.AddTo(root, new Edge(_ => Task.FromResult(runs.Open()), AnsiConsole.Create(new AnsiConsoleSettings()), output, output));

        int exitCode = await root.Parse(["export", RecordedRuns.First, Out, "--step", "base", "--force", "--json"])
            .InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);

        exitCode.ShouldBe(0, output.ToString());
        using var answer = JsonDocument.Parse(output.ToString());
        answer.RootElement.GetProperty("step").GetString().ShouldBe("base");
        answer.RootElement.GetProperty("files")[0].GetProperty("path").GetString().ShouldBe("model.safetensors");
    }

    [Fact]
    public async Task The_verb_says_in_words_where_everything_is()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 200;
        ExportRunConsole.Show(console, await runs.Send(new ExportRun(RecordedRuns.First, Out)));

        output.ToString().ShouldContain("the network of step pruned, as of position ");
        output.ToString().ShouldContain("outcomes/weak/fgsm.parquet");
        output.ToString().ShouldContain("This result was retracted");
    }

    private string Text(string file) => File.ReadAllText(_scratch.At("out", file));

    private JsonElement Source(string path)
    {
        using var manifest = JsonDocument.Parse(Text("manifest.json"));
        return manifest.RootElement.GetProperty("files").EnumerateArray().Single(f => f.GetProperty("path").GetString() == path).GetProperty("source").Clone();
    }
}
