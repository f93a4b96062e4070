using FluentValidation;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Runs;

namespace Ledger.Runner.Reviews;

/// <summary>What was said of a run.</summary>
/// <param name="New">False: it had been said before, and nothing was recorded now.</param>
/// <param name="Before">The ledger's head before it was said: tables as of then know nothing of it.</param>
public sealed record Remark(string Run, bool New, long Before);

/// <summary>Reads and extends the streams of reviews, which have many writers. Ids are whole; the runs must be there.</summary>
public static class ReviewStream
{
    /// <summary>Characters of a text or reason: an event has room for as many, whatever the script.</summary>
    public const int Longest = 2000;

    public static async Task<ReviewState> Load(LedgerStore store, string run, CancellationToken stop) =>
        ReviewState.Fold(run, (await Recorded(store, run, stop)).OrderBy(recorded => recorded.ClaimedAt).Select(recorded => (ReviewEvent)recorded.Data));

    private static async Task<IReadOnlyList<Recorded>> Recorded(LedgerStore store, string run, CancellationToken stop)
    {
        var recorded = new List<Recorded>();
        foreach (string stream in await ReadLedger.ReviewsOf(store.Source, run, stop))
            recorded.AddRange(await store.Read(stream, stop: stop));
        return recorded;
    }

    /// <summary>Records what the decision gives, positions it and folds it.</summary>
    /// <param name="verb">The command, as it will stand beside the event.</param>
    /// <param name="decide">Gives the events, with an id of the command that is the same when it is given again, so that nothing is recorded twice.</param>
    /// <exception cref="Domain.Refused"><c>not-a-run</c>, or what the decision refuses.</exception>
    public static async Task<Remark> Say(
        LedgerHome home, FoldTables fold, string run, string verb, Func<LedgerStore, ReviewState, Task<(string Command, IReadOnlyList<ReviewEvent> Events)>> decide, CancellationToken stop)
    {
        await using var opened = await home.Open(stop);
        var store = opened.Store;
        var planned = (await PlanRuns.Load(store, run, stop)).Plan;
        var before = await store.Advance(stop);
        var (command, events) = await decide(store, await Load(store, run, stop));
        var appended = events.Count == 0 ? null : await store.AppendShared(await StreamFor(store, run, stop), command, [.. events], LedgerHome.ActorOf(planned.Experiment, verb), stop);
        await store.Advance(stop);
        await fold(store.Source, stop);
        return new Remark(run, appended is { AlreadyThere: false }, before);
    }

    /// <summary>Where this ledger's remarks about a run go.</summary>
    public static async Task<string> StreamFor(LedgerStore store, string run, CancellationToken stop) => ReviewState.StreamOf(
        run, await ReadLedger.ImportedFrom(store.Source, $"run/{run}", stop) is null ? null : (await Migrate.State(store.Source, stop)).Origin);

    /// <summary>Text for the id of a command.</summary>
    public static string Digest(string text) => ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(text)).ToString();

    /// <summary>Something, and not too much of it.</summary>
    internal static void MustSaySomething<T>(this IRuleBuilder<T, string> text, string name) => text
        .Must(words => !string.IsNullOrWhiteSpace(words) && words.Length <= Longest).WithMessage($"1 to {Longest} characters of text").OverridePropertyName(name);
}
