using FluentValidation;
using Ledger.Domain;
using Ledger.Domain.Artifacts;
using Ledger.Domain.Bundles;
using Ledger.Domain.Evidence;
using Ledger.Domain.Store;
using Ledger.Query.Results;
using MediatR;
using Npgsql;

namespace Ledger.Query.Bundles;

/// <summary>Writes a ledger, or some of its runs with all they rest on, as one file that another ledger can import.</summary>
/// <param name="Bundle">File that must not exist; ends in <c>.bundle</c>.</param>
/// <param name="Of">Beginnings of runs' ids, experiments' names or ids; none: everything that is sealed.</param>
public sealed record ExportBundle(string Bundle, IReadOnlyList<string> Of) : IRequest<BundleExported>
{
    internal sealed class Validator : AbstractValidator<ExportBundle>
    {
        public Validator()
        {
            RuleFor(query => query.Bundle).Must(file => file.EndsWith(BundleNames.Extension, StringComparison.Ordinal))
                .WithMessage($"a file ending in {BundleNames.Extension} for a bundle, or a run and a folder for its network").OverridePropertyName("export");
            RuleFor(query => query.Bundle).Must(file => !Path.Exists(file)).WithMessage("a new file").OverridePropertyName("export");
        }
    }

    internal sealed class Handler(NpgsqlDataSource source, LedgerPlace place) : IRequestHandler<ExportBundle, BundleExported>
    {
        public async Task<BundleExported> Handle(ExportBundle request, CancellationToken cancellationToken)
        {
            await using var reading = await Reading.Open(source, null, cancellationToken);
            string origin = await reading.Connection.Scalar<string>("select origin from ledger_log.origin", cancellationToken);
            var sealedLog = await StoredSeals.Latest(reading.Connection, origin, cancellationToken)
                ?? throw new Refused("not-sealed", "nothing is sealed yet, and what is not sealed cannot be believed elsewhere: 'ledger seal' first");
            var chosen = await BundleChoice.Of(reading, request.Of, sealedLog.Size, cancellationToken);
            var artifacts = Present(new ArtifactStore(place.ArtifactFolder), chosen.Artifacts);
            string events = Path.GetTempFileName();
            try
            {
                return await Write(request, reading, sealedLog, chosen, artifacts, events, cancellationToken);
            }
            finally
            {
                File.Delete(events);
            }
        }

        private async Task<BundleExported> Write(
            ExportBundle request, Reading reading, StoredSeal latest, BundleChoice chosen, List<ContentHash> artifacts, string eventsFile, CancellationToken stop)
        {
            var store = new ArtifactStore(place.ArtifactFolder);
            await using var events = new FileStream(eventsFile, FileMode.Create, FileAccess.ReadWrite);
            var written = await BundleEvents.Write(reading.Connection, latest, chosen, events, stop);
            var logs = new List<BundledLog>();
            foreach (string origin in written.Origins)
                logs.Add(new BundledLog(origin, (await StoredSeals.Latest(reading.Connection, origin, stop))!.Size));
            await using var bundle = new BundleWriter(request.Bundle);
            var manifest = new BundleManifest(BundleManifest.Version, latest.Origin, logs, written.Events, artifacts.Count, chosen.IsWhole);
            await bundle.Add(BundleNames.Manifest, CanonicalJson.Bytes(manifest), stop);
            foreach (var log in logs)
                await Log(bundle, reading.Connection, log, stop);
            await bundle.Add(BundleNames.Events, events, stop);
            foreach (var artifact in artifacts)
            {
                await using var bytes = store.Open(artifact);
                await bundle.Add(BundleNames.Artifact(artifact.ToString()), bytes, artifact, stop);
            }

            var digest = await bundle.Finish(stop);
            return new BundleExported(
                Path.GetFullPath(request.Bundle), digest.ToString(), latest.Origin, manifest.IsWhole, written.Events, artifacts.Count, new FileInfo(request.Bundle).Length,
                chosen.IsWhole ? reading.Position - latest.Size : chosen.Unsealed, chosen.Artifacts.Count - artifacts.Count);
        }

        private static async Task Log(BundleWriter bundle, NpgsqlConnection connection, BundledLog log, CancellationToken stop)
        {
            var seals = await StoredSeals.All(connection, log.Origin, stop);
            var tiles = await connection.Rows(
                "select hashes from ledger_log.tiles where origin = $1 and level = 0 order by index", row => row.GetFieldValue<byte[]>(0), stop, log.Origin);
            var leaves = new MemoryStream();
            foreach (byte[] hashes in tiles.Append(TileHashes.Bytes(seals[^1].Tail)))
                leaves.Write(hashes);
            await bundle.Add(BundleNames.Leaves(log.Origin), leaves.ToArray(), stop);
            foreach (var seal in seals)
                await bundle.Add(BundleNames.Seal(log.Origin, seal.Size, seal.KeyId), System.Text.Encoding.UTF8.GetBytes(seal.Note), stop);
        }

        /// <summary>Those that are there; one that was released may be gone.</summary>
        /// <exception cref="MissingArtifact">Neither there nor released.</exception>
        private static List<ContentHash> Present(ArtifactStore store, IReadOnlyList<BundledArtifact> artifacts)
        {
            var present = new List<ContentHash>();
            foreach (var artifact in artifacts)
            {
                var hash = ContentHash.Parse(artifact.Digest);
                if (store.Has(hash))
                    present.Add(hash);
                else if (!artifact.Released)
                    throw new MissingArtifact(hash, store.PathOf(hash));
            }

            return present;
        }
    }
}

/// <param name="Digest">SHA-256 of the bundle's list of digests.</param>
/// <param name="Unsealed">Events left out because no seal covers them yet.</param>
/// <param name="Released">Artifacts left out because their bytes were freed.</param>
public sealed record BundleExported(string File, string Digest, string Origin, bool IsWhole, long Events, int Artifacts, long Bytes, long Unsealed, int Released);
