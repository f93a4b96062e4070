using Ledger.Domain.Experiments;
using MediatR;

namespace Ledger.Runner.Data;

/// <summary>Every data set known by name, whether it is here, and its pinned digests if asked for.</summary>
/// <param name="Digests">Decodes what is here: takes a second for each data set.</param>
public sealed record ListDatasets(bool Digests) : IRequest<IReadOnlyList<DatasetRow>>
{
    public sealed class Handler(DatasetCatalog catalog) : IRequestHandler<ListDatasets, IReadOnlyList<DatasetRow>>
    {
        public Task<IReadOnlyList<DatasetRow>> Handle(ListDatasets request, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<DatasetRow>>([.. catalog.All().Select(found => Row(found, request.Digests))]);

        private DatasetRow Row(DatasetFinding found, bool digests) =>
            new(found.Name, found.About, found.Folder, found.HowToGet, found.Folder is null || !digests ? [] : [Split(found.Name, "train"), Split(found.Name, "test")]);

        private SplitDigest Split(string name, string split)
        {
            var examples = Examples.Read(catalog.Locate(name), new ExamplesSpec(name, split, null));
            return new SplitDigest(split, examples.Count, examples.Digest().ToString());
        }
    }
}

/// <param name="Folder">Null: not on this machine.</param>
public sealed record DatasetRow(string Name, string About, string? Folder, string HowToGet, IReadOnlyList<SplitDigest> Splits);

/// <param name="Digest">What a run that reads the whole split pins.</param>
public sealed record SplitDigest(string Split, int Examples, string Digest);
