using FluentValidation;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Bundles;
using Ledger.Domain.Evidence;
using Ledger.Domain.Origin;
using Ledger.Domain.Store;
using Ledger.Runner.Runs;
using Ledger.Runner.Seals;
using MediatR;

namespace Ledger.Runner.Bundles;

/// <summary>Brings the events, artifacts and seals of a bundle into this ledger. The bundle is checked whole before anything is written.</summary>
/// <param name="DryRun">Checks only.</param>
public sealed record ImportBundle(string File, bool DryRun) : IRequest<BundleImported>
{
    internal sealed class Validator : AbstractValidator<ImportBundle>
    {
        public Validator() => RuleFor(command => command.File).Must(System.IO.File.Exists).WithMessage("a bundle that is there").OverridePropertyName("import");
    }

    internal sealed class Handler(LedgerHome home, FoldTables fold) : IRequestHandler<ImportBundle, BundleImported>
    {
        public async Task<BundleImported> Handle(ImportBundle command, CancellationToken cancellationToken)
        {
            var bundle = await CheckBundle.Of(command.File, cancellationToken);
            if (command.DryRun)
                return new BundleImported(bundle.Manifest.Origin, bundle.Digest.ToString(), 0, 0, 0, [.. bundle.Keys.Select(key => $"{key}")], DryRun: true);
            await using var opened = await home.Open(cancellationToken);
            await using var locks = new KeyLocks(opened.Store.Source);
            await locks.Share(KeyLocks.Artifacts, cancellationToken);
            // First, since an event that is here says that its artifacts are.
            int artifacts = await Artifacts(bundle, opened.Artifacts, cancellationToken);
            var events = await ImportEvents.Into(opened.Store.Source, bundle, Events(bundle, cancellationToken), cancellationToken);
            await Record(opened, bundle, cancellationToken);
            return new BundleImported(bundle.Manifest.Origin, bundle.Digest.ToString(), events.Events, events.Known, artifacts, [.. bundle.Keys.Select(key => $"{key}")], DryRun: false);
        }

        private async Task Record(OpenedHome opened, CheckedBundle bundle, CancellationToken stop)
        {
            await opened.Store.Advance(stop);
            var seals = new SealFolder(home.ArtifactFolder);
            foreach (var log in bundle.Logs)
            {
                foreach (var seal in log.Seals)
                    seals.Write(log.Origin, seal);
            }

            string origin = (await Migrate.State(opened.Store.Source, stop)).Origin!;
            // Once a bundle, also where an earlier import of it was stopped after its events had been committed.
            await opened.Store.AppendShared(
                $"ledger/{origin}", $"import {bundle.Digest}", [new Imported(bundle.Manifest.Origin, bundle.Manifest.Events, bundle.Digest.ToString())],
                LedgerHome.ActorOf(origin, "import"), stop);
            using var sealing = await Sealing.Open(home, opened.Store, LedgerHome.SealTo, stop);
            await sealing.Seal(stop);
            await fold(opened.Store.Source, stop);
        }

        private static async Task<int> Artifacts(CheckedBundle bundle, ArtifactStore store, CancellationToken stop)
        {
            int stored = 0;
            await new BundleReader(bundle.Path).Read(async (name, _, content) =>
            {
                if (!name.StartsWith(BundleNames.Artifact(""), StringComparison.Ordinal) || store.Has(ContentHash.Parse(name[BundleNames.Artifact("").Length..])))
                    return;
                await Task.Run(() => store.Put(content.CopyTo), stop);
                stored++;
            }, stop);
            return stored;
        }

        /// <summary>The events once more, now that all of them are known to be sound.</summary>
        private static async IAsyncEnumerable<BundledEvent> Events(CheckedBundle bundle, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
        {
            var lines = System.Threading.Channels.Channel.CreateBounded<BundledEvent>(1024);
            var reader = new BundleReader(bundle.Path);
            var reading = Task.Run(
                async () =>
                {
                    try
                    {
                        await reader.Read(async (name, _, content) =>
                        {
                            if (name != BundleNames.Events)
                                return;
                            await foreach (var (_, line) in reader.Lines(name, content, stop))
                                await lines.Writer.WriteAsync(BundleLines.Read(line), stop);
                        }, stop);
                        // Somebody may have put another file in its place since it was checked.
                        lines.Writer.Complete(reader.Digest == bundle.Digest ? null : reader.Broken("the whole", $"digest {reader.Digest}", $"{bundle.Digest}, as when it was checked"));
                    }
                    catch (Exception e)
                    {
                        lines.Writer.Complete(e);
                    }
                }, stop);
            await foreach (var bundled in lines.Reader.ReadAllAsync(stop))
                yield return bundled;
            await reading;
        }
    }
}

/// <param name="Origin">ULID of the ledger the bundle was taken from.</param>
/// <param name="Events">Events that were new here.</param>
/// <param name="Known">Events that stood here already.</param>
/// <param name="Artifacts">Artifacts that were new here.</param>
/// <param name="Keys">Keys that signed its seals, which the bundle itself introduces: compare them with what you were told.</param>
public sealed record BundleImported(string Origin, string Digest, long Events, long Known, int Artifacts, IReadOnlyList<string> Keys, bool DryRun);
