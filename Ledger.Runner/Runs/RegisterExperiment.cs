using Ledger.Domain.Experiments;
using Ledger.Domain.Store;

namespace Ledger.Runner.Runs;

/// <summary>Puts a specification into the ledger: a new experiment, a changed one, or nothing when it stands there as it is.</summary>
public static class RegisterExperiment
{
    /// <param name="reason">Why the specification changed, when it did.</param>
    /// <returns>The experiment as it stands now; a new one where the name was free or its last holder withdrawn.</returns>
    public static async Task<ExperimentState> Register(Workshop shop, ResolvedExperiment spec, string? reason, CancellationToken stop)
    {
        var before = await Standing(shop.Store, spec.Slug, stop);
        var experiment = before?.Experiment ?? Ulid.NewUlid(shop.Time.GetUtcNow()).ToString();
        var command = new Registered(spec.Slug, spec.About, spec.Spec, spec.SpecDigest, spec.Yaml, spec.Scale);
        var events = ExperimentDecisions.Register(before, command, reason);
        if (events.Count > 0)
        {
            // A specification that comes back after another is a command of its own, so the version is part of its id.
            var version = before?.Version ?? 0;
            await shop.Store.Append(
                $"experiment/{experiment}", version, $"register {spec.SpecDigest} at {version}", [.. events], LedgerHome.ActorOf(experiment, "register"), stop);
        }

        return await Load(shop.Store, experiment, stop);
    }

    /// <summary>The experiment that holds this name now; null when there is none, or it was withdrawn.</summary>
    public static async Task<ExperimentState?> Standing(LedgerStore store, string slug, CancellationToken stop) =>
        await ReadLedger.BySlug(store.Source, slug, stop) is { } experiment && await Load(store, experiment, stop) is { IsWithdrawn: false } state
            ? state
            : null;

    /// <summary>The experiment as its stream tells it.</summary>
    public static async Task<ExperimentState> Load(LedgerStore store, string experiment, CancellationToken stop) =>
        ExperimentState.Fold(experiment, [.. (await store.Read($"experiment/{experiment}", stop: stop)).Select(recorded => (ExperimentEvent)recorded.Data)]);
}
