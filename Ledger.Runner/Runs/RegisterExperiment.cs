using Ledger.Domain.Experiments;
using Ledger.Domain.Store;

namespace Ledger.Runner.Runs;

/// <summary>Puts a specification into the ledger: a new experiment, a changed one, or nothing when it stands there as it is.</summary>
public static class RegisterExperiment
{
    private const string BySlug =
        """
        select s.id from ledger.mt_streams s join ledger.mt_events e on e.stream_id = s.id and e.version = 1
        where e.type = 'experiment.registered.v1' and e.data->>'slug' = $1
          and not exists (select from ledger.mt_events w where w.stream_id = s.id and w.type = 'experiment.withdrawn.v1')
        order by e.seq_id desc limit 1
        """;

    /// <summary>ULID of the experiment with this name that stands, or null.</summary>
    public static async Task<string?> Find(LedgerStore store, string slug, CancellationToken stop)
    {
        await using var command = store.Source.CreateCommand(BySlug);
        command.Parameters.AddWithValue(slug);
        return ((string?)await command.ExecuteScalarAsync(stop))?["experiment/".Length..];
    }

    /// <param name="reason">Why the specification changed, when it did.</param>
    /// <returns>The experiment's ULID.</returns>
    public static async Task<string> Register(Workshop shop, ResolvedExperiment spec, string? reason, CancellationToken stop)
    {
        var experiment = await Find(shop.Store, spec.Slug, stop);
        var id = experiment ?? Ulid.NewUlid(shop.Time.GetUtcNow()).ToString();
        var state = experiment is null ? null : await Load(shop.Store, experiment, stop);
        var command = new Registered(spec.Slug, spec.About, spec.Spec, spec.SpecDigest, spec.Yaml, spec.Scale);
        var events = ExperimentDecisions.Register(state, command, reason);
        if (events.Count > 0)
        {
            await shop.Store.Append(
                $"experiment/{id}", state?.Version ?? 0, $"register {spec.SpecDigest}", [.. events], LedgerHome.ActorOf(id, "register"), stop);
        }

        return id;
    }

    private static async Task<ExperimentState> Load(LedgerStore store, string experiment, CancellationToken stop) =>
        ExperimentState.Fold(experiment, [.. (await store.Read($"experiment/{experiment}", stop: stop)).Select(recorded => (ExperimentEvent)recorded.Data)]);
}
