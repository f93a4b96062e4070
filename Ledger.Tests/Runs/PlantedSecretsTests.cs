using System.Text;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Store;
using Ledger.Runner;
using Ledger.Runner.Bench;
using Ledger.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Runs;

/// <summary>
/// The program as a person runs it, on a machine where secrets lie about: in variables that are recorded and that are not, in the connection string, in the
/// name of the file, in the path of a damaged artifact that a step stumbles over. Each is drawn anew, so that it stands nowhere else.
/// </summary>
public sealed class PlantedSecretsTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly Dictionary<string, string> secrets = new[] { "postgres", "cloud", "schedule", "image", "file", "path", "reason" }
        .ToDictionary(place => place, place => $"{place}{Ulid.NewUlid()}", StringComparer.Ordinal);

    private TinyExperiment tiny = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Artifacts => Path.Combine(tiny.Folder, $"password={secrets["path"]}");

    public async ValueTask InitializeAsync() => tiny = await TinyExperiment.New(postgres);

    public ValueTask DisposeAsync() => tiny.DisposeAsync();

    [Fact]
    public async Task No_secret_of_the_machine_is_in_an_event_an_artifact_or_a_log()
    {
        string file = $"token={secrets["file"]} tiny.yaml";
        await File.WriteAllTextAsync(Path.Combine(tiny.Folder, file), TinyExperiment.Yaml, Stop);
        (await Ledger("run", file)).ShouldSatisfyAllConditions(end => end.ExitCode.ShouldBe(0, end.Said));
        await Damage();
        await File.WriteAllTextAsync(Path.Combine(tiny.Folder, file), TinyExperiment.Yaml.Replace("eps: 0.1", "eps: 0.2", StringComparison.Ordinal), Stop);

        (await Ledger("run", file, "--amend", $"the db has password: {secrets["reason"]}")).ExitCode.ShouldBe(2);
        (await Ledger("run", file, "--amend", "a larger radius")).ShouldSatisfyAllConditions(end => end.ExitCode.ShouldBe(1, end.Said));

        var events = await Events();
        events.ShouldContain(text => text.Contains("run.step_failed", StringComparison.Ordinal) && text.Contains("password=[redacted]", StringComparison.Ordinal));
        events.ShouldContain(text => text.Contains("\"OMP_SCHEDULE\": \"token=[redacted]", StringComparison.Ordinal));
        events.ShouldContain(text => text.Contains("ada:[redacted]@registry", StringComparison.Ordinal));
        events.ShouldContain(text => text.Contains("run token=[redacted] tiny.yaml", StringComparison.Ordinal));
        secrets.Values.Where(secret => events.Exists(text => text.Contains(secret, StringComparison.Ordinal))).ShouldBeEmpty();
        (await FilesWithSecrets(file)).ShouldBeEmpty();
    }

    private async Task<CommandEnd> Ledger(params string[] verb)
    {
        using var command = new LedgerCommand(verb, tiny.Folder, new Dictionary<string, string>
        {
            [LedgerHome.PostgresVariable] = $"{tiny.Connection};Passfile={secrets["postgres"]}",
            [LedgerHome.ArtifactsVariable] = Artifacts,
            ["AWS_SECRET_ACCESS_KEY"] = secrets["cloud"],
            ["OMP_SCHEDULE"] = $"token={secrets["schedule"]}",
            ["LEDGER_IMAGE"] = $"oci://ada:{secrets["image"]}@registry.example.org/ledger",
        });
        return await command.Ended(Stop);
    }

    /// <summary>Of the base network's weights, so that the next run refuses them and names their path.</summary>
    private async Task Damage()
    {
        await using var store = LedgerStore.Open(tiny.Connection, TimeProvider.System);
        await using var command = store.Source.CreateCommand("select data #>> '{model,weights,digest}' from ledger.mt_events where type = 'run.training_completed.v1'");
        string path = new ArtifactStore(Artifacts).PathOf(ContentHash.Parse((string)(await command.ExecuteScalarAsync(Stop))!));
        byte[] bytes = await File.ReadAllBytesAsync(path, Stop);
        bytes[^1] ^= 1;
        File.Delete(path);
        await File.WriteAllBytesAsync(path, bytes, Stop);
    }

    /// <summary>Whole rows, metadata and all.</summary>
    private async Task<List<string>> Events()
    {
        await using var source = NpgsqlDataSource.Create(tiny.Connection);
        await using var command = source.CreateCommand("select row_to_json(e)::text from ledger.mt_events e union all select row_to_json(s)::text from ledger.mt_streams s");
        await using var rows = await command.ExecuteReaderAsync(Stop);
        var events = new List<string>();
        while (await rows.ReadAsync(Stop))
            events.Add(rows.GetString(0));
        return events;
    }

    /// <param name="file">The experiment's, which is the person's own.</param>
    private async Task<List<string>> FilesWithSecrets(string file)
    {
        var found = new List<string>();
        foreach (string path in Directory.EnumerateFiles(tiny.Folder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != file))
        {
            string text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path, Stop));
            found.AddRange(secrets.Where(secret => text.Contains(secret.Value, StringComparison.Ordinal)).Select(secret => $"{path}: {secret.Key}"));
        }

        return found;
    }
}
