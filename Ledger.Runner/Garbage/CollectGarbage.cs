using FluentValidation;
using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Evidence;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Runner.Reviews;
using Ledger.Runner.Runs;
using MediatR;

namespace Ledger.Runner.Garbage;

/// <summary>
/// Finds bytes that nobody asks for any more, and deletes them if told to; what they were, how many and why stays in the ledger. The order is what
/// makes it safe to be killed at any moment: first <c>ArtifactReleased</c> is recorded by every run that names the bytes, then they go. Killed in
/// between, they are there although released, which is no fault, and the next time finds them again.
/// <para>
/// Commands that carry out runs hold the lock <see cref="KeyLocks.Artifacts"/> together, from before they write or take over anything; deleting takes it
/// alone, refuses while they do, and has them wait while it lasts. It is needed for all artifacts at once, not by step: different steps make equal
/// bytes (all networks of one shape share their architecture), and whoever finds bytes there relies on them. If Postgres restarts under a running
/// command, the lock is gone until that command next uses one: then its bytes may be released a moment before it names them. A replay makes them again.
/// Commands that only read may meet bytes that go under them, and say so.
/// </para>
/// </summary>
/// <param name="Free">False: only find.</param>
/// <param name="KeepDays">Artifacts that stopped counting less than so many days ago stay.</param>
public sealed record CollectGarbage(bool Free, int KeepDays) : IRequest<Garbage>
{
    public const int DefaultKeepDays = 7;

    public sealed class Validator : AbstractValidator<CollectGarbage>
    {
        public Validator() => RuleFor(command => command.KeepDays).InclusiveBetween(0, 36_500).WithMessage("0 to 36500 days").OverridePropertyName("--keep-days");
    }

    public sealed class Handler(LedgerHome home, FoldTables fold, TimeProvider time) : IRequestHandler<CollectGarbage, Garbage>
    {
        public async Task<Garbage> Handle(CollectGarbage request, CancellationToken cancellationToken)
        {
            await using var opened = await home.Open(cancellationToken);
            await using var locks = new KeyLocks(opened.Store.Source);
            await using var alone = request.Free ? await Alone(locks, cancellationToken) : null;
            await CatchUp(opened.Store, cancellationToken);
            var (found, kept) = await Find(opened, request.KeepDays, cancellationToken);
            if (request.Free)
            {
                await Release(opened.Store, found, cancellationToken);
                foreach (var file in found)
                    Delete(opened.Artifacts, file);
                await CatchUp(opened.Store, CancellationToken.None);
            }

            return new Garbage(request.Free, request.KeepDays, found, found.Sum(file => file.Bytes), kept.Count, kept.Sum(file => file.Bytes));
        }

        private static async Task<IAsyncDisposable> Alone(KeyLocks locks, CancellationToken stop) =>
            await locks.TryTake(KeyLocks.Artifacts, stop) ?? throw new Refused(
                "artifacts-in-use", "Runs are being carried out, which may need what would be deleted; nothing was. Give the command again when they are done (ledger runs --state running).");

        private async Task<(IReadOnlyList<Unwanted> Found, IReadOnlyList<Unwanted> Kept)> Find(OpenedHome opened, int keepDays, CancellationToken stop)
        {
            var now = time.GetUtcNow();
            var stray = new StrayFiles(opened.Store, opened.Artifacts, now);
            var artifacts = (await ReleasableArtifacts.Find(opened.Store.Source, opened.Artifacts, stop))
                .ToLookup(artifact => artifact.Runs.Max(run => run.Since) <= now.AddDays(-keepDays));
            return ([.. artifacts[true], .. await stray.Unnamed(stop), .. stray.Leftovers(), .. await stray.Checkpoints(stop)], [.. artifacts[false]]);
        }

        private async Task CatchUp(LedgerStore store, CancellationToken stop)
        {
            await store.Advance(stop);
            await fold(store.Source, stop);
        }

        private static async Task Release(LedgerStore store, IReadOnlyList<Unwanted> found, CancellationToken stop)
        {
            var command = $"gc {Ulid.NewUlid()}";
            var byRun = found.Where(file => file.Kind == UnwantedKind.Artifact).SelectMany(file => file.Runs, (file, naming) => (File: file, Naming: naming));
            foreach (var of in byRun.GroupBy(named => named.Naming.Run, StringComparer.Ordinal))
            {
                var review = await ReviewStream.Load(store, of.Key, stop);
                var own = of.Select(named => named.File.Digest!).ToHashSet(StringComparer.Ordinal);
                var events = of.SelectMany(named => ReviewDecisions.Release(review, own, new ArtifactReleased(named.File.Digest!, named.File.Bytes, named.Naming.Reason))).ToList();
                var experiment = (await PlanRuns.Load(store, of.Key, stop)).Plan.Experiment;
                await store.AppendShared(await ReviewStream.StreamFor(store, of.Key, stop), command, [.. events], LedgerHome.ActorOf(experiment, "gc"), stop);
            }
        }

        private static void Delete(ArtifactStore artifacts, Unwanted file)
        {
            if (file.Digest is { } digest)
                artifacts.Free(ContentHash.Parse(digest));
            else if (file.Kind == UnwantedKind.Checkpoints)
                Directory.Delete(file.Path, recursive: true);
            else
                File.Delete(file.Path);
        }
    }
}

/// <summary>What <c>ledger gc</c> found, and whether it is gone.</summary>
/// <param name="Kept">Artifacts that would go if they had not stopped counting only lately.</param>
public sealed record Garbage(bool Freed, int KeepDays, IReadOnlyList<Unwanted> Files, long Bytes, int Kept, long KeptBytes);
