using Ledger.Domain;
using Ledger.Domain.Evidence.Proofs;
using Ledger.Query.Results;
using Npgsql;

namespace Ledger.Query.Evidence;

/// <summary>Finds in the ledger what is to be proven: the claim, and the positions of the events it follows from.</summary>
internal static class Claims
{
    public static async Task<(Claim Claim, IReadOnlyList<long> Positions)> Of(NpgsqlDataSource source, ProofTarget target, CancellationToken stop)
    {
        if (target is ProofTarget.Cell or ProofTarget.ArtifactPrefix or ProofTarget.RunOrArtifact)
            return await OfTables(source, target, stop);
        await using var connection = await source.OpenConnectionAsync(stop);
        return target switch
        {
            ProofTarget.Position position => await Event(connection, "l.position = $1", position.At, $"position {position.At}", stop),
            ProofTarget.EventById id => await Event(connection, "e.id = $1", id.Id, $"event {id.Id}", stop),
            ProofTarget.RunPrefix run => await Run(connection, await Runs(connection, run.Run, stop), run.Run, stop),
            _ => throw new ArgumentOutOfRangeException(nameof(target)),
        };
    }

    /// <summary>What is looked up in results tables, brought up to date first.</summary>
    private static async Task<(Claim, IReadOnlyList<long>)> OfTables(NpgsqlDataSource source, ProofTarget target, CancellationToken stop)
    {
        await using var reading = await Reading.Open(source, null, stop);
        return target switch
        {
            ProofTarget.Cell cell => await CellClaims.Of(reading, cell, stop),
            ProofTarget.ArtifactPrefix artifact => await Artifact(reading, await Digests(reading, artifact.Digest, stop), artifact.Digest, stop),
            ProofTarget.RunOrArtifact either => await Either(reading, either, stop),
            _ => throw new ArgumentOutOfRangeException(nameof(target)),
        };
    }

    private static async Task<(Claim, IReadOnlyList<long>)> Either(Reading reading, ProofTarget.RunOrArtifact either, CancellationToken stop)
    {
        var runs = await Runs(reading.Connection, either.Run, stop);
        var digests = await Digests(reading, either.Artifact.Digest, stop);
        if (runs.Count > 0 && digests.Count > 0)
            throw new BadInput(new Problem($"'{either.Run}', which a run and an artifact begin with", $"run/{either.Run} or artifact/{either.Run}", "what"));
        return digests.Count > 0 ? await Artifact(reading, digests, either.Run, stop) : await Run(reading.Connection, runs, either.Run, stop);
    }

    private static async Task<(Claim, IReadOnlyList<long>)> Event(NpgsqlConnection connection, string where, object value, string what, CancellationToken stop)
    {
        var found = await connection.Rows(
            $"select e.id, coalesce(l.position, 0) from ledger.mt_events e {(value is Guid ? "left" : "")} join ledger_log.log l on l.seq_id = e.seq_id where {where}",
            row => (Id: row.GetGuid(0), Position: row.GetInt64(1)), stop, value);
        if (found.Count == 0)
            throw new BadInput(new Problem($"no {what}", $"1 to {await connection.Scalar<long>("select coalesce(max(position), 0) from ledger_log.log", stop)}, or the id of an event", "what", Hint: "ledger log shows all"));
        return found[0].Position > 0
            ? (new EventClaim(found[0].Position, found[0].Id), [found[0].Position])
            : throw new Refused("not-sealed", $"{what} has no position yet. Seal first: ledger seal", ("event", $"{found[0].Id}"));
    }

    private static Task<IReadOnlyList<string>> Runs(NpgsqlConnection connection, string prefix, CancellationToken stop) => connection.Rows(
        "select substr(id, 5) from ledger.mt_streams where starts_with(id, 'run/' || upper($1)) order by id collate \"C\" limit 9", row => row.GetString(0), stop, prefix);

    private static async Task<(Claim, IReadOnlyList<long>)> Run(NpgsqlConnection connection, IReadOnlyList<string> found, string prefix, CancellationToken stop)
    {
        string run = One("run", prefix, found, "ledger runs");
        var events = await connection.Rows(
            "select l.position, e.type from ledger.mt_events e left join ledger_log.log l on l.seq_id = e.seq_id where e.stream_id = 'run/' || $1 order by e.version",
            row => (Position: row.IsDBNull(0) ? 0 : row.GetInt64(0), Type: row.GetString(1)), stop, run);
        string state = events[^1].Type.Split('.')[1];
        if (state is not ("completed" or "failed" or "cancelled"))
            throw new Refused("not-at-its-end", $"run {run} has not come to its end: only of one that has can be shown that nothing was left out. Its events can be proven one by one.", ("run", run), ("last", events[^1].Type));
        return events.All(e => e.Position > 0)
            ? (new RunClaim(run, state, events.Count), [.. events.Select(e => e.Position).Order()])
            : throw new Refused("not-sealed", $"run {run} has events without a position. Seal first: ledger seal", ("run", run));
    }

    private static async Task<IReadOnlyList<string>> Digests(Reading reading, string prefix, CancellationToken stop) =>
        await reading.Rows("select distinct digest from results.artifacts where starts_with(digest, $1) order by digest limit 9", row => row.GetString(0), stop, prefix);

    /// <summary>By the event that named it first.</summary>
    private static async Task<(Claim, IReadOnlyList<long>)> Artifact(Reading reading, IReadOnlyList<string> found, string prefix, CancellationToken stop)
    {
        string digest = One("artifact", prefix, found, "ledger show <run>");
        var named = await reading.Rows(
            """
            select position, role, run, step, bytes from results.artifacts a where digest = $1 and position = (select min(position) from results.artifacts where digest = $1)
            order by role collate "C"
            """,
            row => (Position: row.GetInt64(0), Role: row.GetString(1), Run: row.GetString(2), Step: row.IsDBNull(3) ? null : row.GetString(3), Bytes: row.GetInt64(4)), stop, digest);
        var first = named[0];
        return (new ArtifactClaim(digest, first.Bytes, first.Position, first.Run, [.. named.Select(artifact => artifact.Role)], first.Step), [first.Position]);
    }

    private static string One(string what, string prefix, IReadOnlyList<string> found, string list) => found switch
    {
        [var one] => one,
        [] => throw new BadInput(new Problem($"no {what} '{prefix}'", ProofTarget.Expected, "what", Hint: $"{list} shows all")),
        _ => throw new BadInput(new Problem($"'{prefix}', which {(found.Count > 8 ? "more than 8" : found.Count)} {what}s begin with", $"more letters of one: {string.Join(", ", found.Take(8))}", "what")),
    };
}
