using Ledger.Query.Results;

namespace Ledger.Query.Lineage;

/// <summary>
/// Goes through the ledger from bytes to the steps that read or made them and on, breadth first. What ties steps together is the digests of their
/// keys: a step that took a result over is not there, the one that computed it is.
/// </summary>
internal sealed class LineageSearch(Reading reading)
{
    private readonly Dictionary<string, LineageNode> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<LineageEdge> _edges = [];
    private bool _isWhole = true;

    public async Task<LineageGraph> From(IReadOnlyList<string> digests, IReadOnlyList<(string Run, string Step)> steps, bool up, bool down, CancellationToken stop)
    {
        var first = await Steps(steps, stop);
        var start = (IReadOnlyList<string>)[.. digests.Select(Bytes), .. first.Select(step => step.Id)];
        if (up)
            await Walk(digests, first, Makers, step => Read(step), stop);
        if (down)
            await Walk([.. digests, .. first.SelectMany(Made)], [], Readers, Made, stop);
        await Name(stop);
        return new LineageGraph(reading.Position, start, [.. _nodes.Values], [.. _edges.Where(edge => _nodes.ContainsKey(edge.From) && _nodes.ContainsKey(edge.To))], _isWhole);
    }

    /// <param name="next">Steps at the other end of bytes.</param>
    /// <param name="bytes">Bytes at the other end of a step.</param>
    private async Task Walk(
        IReadOnlyList<string> digests, IReadOnlyList<StepEnds> steps, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<StepEnds>>> next,
        Func<StepEnds, IEnumerable<string>> bytes, CancellationToken stop)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var ahead = digests.Concat(steps.SelectMany(bytes)).Where(seen.Add).ToList();
        while (ahead.Count > 0)
        {
            foreach (string digest in ahead)
                Add(new LineageNode(Bytes(digest), "artifact", digest[..8], null, null));
            var found = await next(ahead, stop);
            foreach (var step in found)
                Add(step);
            ahead = [.. found.Where(step => _nodes.ContainsKey(step.Id)).SelectMany(bytes).Where(seen.Add)];
        }
    }

    private async Task<IReadOnlyList<StepEnds>> Steps(IReadOnlyList<(string Run, string Step)> steps, CancellationToken stop)
    {
        var found = await Ends(
            "join results.origins w on w.origin_run = s.run and w.origin_step = s.step join unnest($1::text[], $2::text[]) a(run, step) on a.run = w.run and a.step = w.step", stop,
            steps.Select(step => step.Run).ToArray(), steps.Select(step => step.Step).ToArray());
        foreach (var step in found)
            Add(step);
        return found;
    }

    // Equal bytes may have been made more than once: by whom first is where they come from.
    private Task<IReadOnlyList<StepEnds>> Makers(IReadOnlyList<string> digests, CancellationToken stop) => Ends(
        "join (select distinct on (m.digest) m.run, m.step from results.artifacts m where m.digest = any($1) and m.step is not null order by m.digest, m.position) w on w.run = s.run and w.step = s.step", stop, (object)digests.ToArray());

    private Task<IReadOnlyList<StepEnds>> Readers(IReadOnlyList<string> digests, CancellationToken stop) => Ends(
        "join (select distinct i.run, i.step from results.steps i, jsonb_each_text(i.fields->'inputs') e(role, digest) where e.digest = any($1)) w on w.run = s.run and w.step = s.step", stop, (object)digests.ToArray());

    private Task<IReadOnlyList<StepEnds>> Ends(string which, CancellationToken stop, params object[] values) => reading.Read<StepEnds>(
        $"""
        select distinct on (r.position_from, s.ordinal) s.run, s.step, s.kind, r.point, r.seed, s.fields->'inputs' as inputs,
               (select jsonb_object_agg(m.role, m.digest) from results.artifacts m where m.run = s.run and m.step = s.step) as made,
               coalesce((select 'robust ' || round((100.0 * (a.correct - a.broken) / nullif(a.examples, 0))::numeric, 1) || ' % of ' || a.examples from results.attacks a where a.run = s.run and a.step = s.step order by a.position desc limit 1),
                        (select 'accuracy ' || round((100 * v.value)::numeric, 1) || ' %' from results.measurements v where v.run = s.run and v.step = s.step and v.layer is null and v.metric in ('accuracy', 'clean_accuracy') order by v.position desc limit 1)) as says
        from results.steps s join results.runs r on r.run = s.run {which}
        where s.state = 'completed'
        order by r.position_from, s.ordinal limit {LineageGraph.Most + 1}
        """,
        stop, values);

    private static IEnumerable<string> Read(StepEnds step) => Followed(step.Inputs);

    private static IEnumerable<string> Made(StepEnds step) => Followed(step.Made);

    // A network's graph is the same in runs that have nothing else in common: what ties results together is weights and data.
    private static IEnumerable<string> Followed(IReadOnlyDictionary<string, string>? ends) =>
        ends?.Where(end => !end.Key.EndsWith("architecture", StringComparison.Ordinal)).Select(end => end.Value) ?? [];

    private void Add(StepEnds step)
    {
        string point = Runs.ListRunsConsole.Point(step.Point);
        Add(new LineageNode(step.Id, step.Kind, $"{step.Step} · {(point == "–" ? "" : $"{point} · ")}seed {step.Seed}", step.Says, step.Run));
        foreach (var (role, digest) in step.Inputs ?? new Dictionary<string, string>())
            _edges.Add(new LineageEdge(Bytes(digest), step.Id, role));
        foreach (var (role, digest) in step.Made ?? new Dictionary<string, string>())
            _edges.Add(new LineageEdge(step.Id, Bytes(digest), role));
    }

    private void Add(LineageNode node)
    {
        if (_nodes.Count < LineageGraph.Most)
            _nodes.TryAdd(node.Id, node);
        else
            _isWhole &= _nodes.ContainsKey(node.Id);
    }

    /// <summary>Bytes get the names under which the ledger knows them.</summary>
    private async Task Name(CancellationToken stop)
    {
        var digests = _nodes.Keys.Where(id => id.StartsWith("bytes/", StringComparison.Ordinal)).Select(id => id["bytes/".Length..]).ToArray();
        var names = await reading.Rows(
            """
            select d.digest, 'data', min(d.name) from results.datasets d where d.digest = any($1) group by d.digest
            union all
            select m.digest, 'artifact', min(m.role) from results.artifacts m where m.digest = any($1) group by m.digest
            """,
            row => (Digest: row.GetString(0), Kind: row.GetString(1), Name: row.GetString(2)), stop, [digests]);
        foreach (var (digest, kind, name) in names)
            _nodes[Bytes(digest)] = _nodes[Bytes(digest)] with { Kind = kind, Label = $"{name} {digest[..8]}" };
    }

    private static string Bytes(string digest) => $"bytes/{digest}";
}

/// <param name="Inputs">Role to digest of what it read.</param>
/// <param name="Made">Role to digest of what it made.</param>
internal sealed record StepEnds(
    string Run, string Step, string Kind, IReadOnlyDictionary<string, string> Point, long Seed, IReadOnlyDictionary<string, string>? Inputs, IReadOnlyDictionary<string, string>? Made, string? Says)
{
    public string Id => $"step/{Run}/{Step}";
}
