namespace Ledger.Domain.Evidence.Proofs;

/// <summary>Whether a claim follows from events, which are taken for proven.</summary>
internal static class ClaimCheck
{
    private static readonly Dictionary<string, string> Endings = new(StringComparer.Ordinal)
    {
        ["run.completed.v1"] = "completed",
        ["run.failed.v1"] = "failed",
        ["run.cancelled.v1"] = "cancelled",
    };

    public static void Of(Claim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults, List<string> remarks)
    {
        switch (claim)
        {
            case EventClaim one:
                Event(one, events, faults);
                break;
            case RunClaim run:
                Run(run, events, faults, remarks);
                break;
            case ArtifactClaim artifact:
                Artifact(artifact, events, faults);
                break;
            case CellClaim cell:
                CellCheck.Of(cell, events, faults, remarks);
                break;
        }
    }

    /// <summary>How a run ended; null where the event is not its end.</summary>
    public static string? Ending(ToldEvent last) => Endings.GetValueOrDefault(last.Type);

    /// <summary>Finds fault where the events of a stream are not its first so many.</summary>
    public static void Stream(string stream, long expected, IReadOnlyList<ToldEvent> events, string place, List<Problem> faults)
    {
        var versions = events.Where(e => e.Stream == stream).Select(e => e.Entry.Version).Order().ToList();
        if (versions.Count != expected)
            faults.Add(new Problem($"{versions.Count} events of {stream}", $"{expected}", place));
        else if (versions.Index().FirstOrDefault(version => version.Item != version.Index + 1) is { Item: not 0 } gap)
            faults.Add(new Problem($"version {gap.Item} of {stream}", $"version {gap.Index + 1}: all from the first on", place));
    }

    private static void Event(EventClaim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults)
    {
        if (events is not [var only])
            faults.Add(new Problem($"{events.Count} entries", "the one that is claimed", "entries"));
        else if (only.Position != claim.Position)
            faults.Add(new Problem($"{claim.Position}", $"{only.Position}, that of the entry", "claim.position"));
        else if (only.Entry.EventId != claim.EventId)
            faults.Add(new Problem($"{claim.EventId}", $"{only.Entry.EventId}, that of the entry", "claim.eventId"));
    }

    private static void Run(RunClaim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults, List<string> remarks)
    {
        string stream = $"run/{claim.Run}";
        if (events.FirstOrDefault(e => e.Stream != stream) is { } other)
            faults.Add(new Problem($"an event of {other.Stream}", $"only events of {stream}", "claim.run"));
        Stream(stream, claim.Events, events, "claim.events", faults);
        if (faults.Count > 0 || events.MaxBy(e => e.Entry.Version) is not { } last)
            return;
        if (Ending(last) != claim.State)
            faults.Add(new Problem(claim.State, $"what the last event says: {last.Type}", "claim.state"));
        else if (claim.State != "cancelled" && last.Number("events") != claim.Events)
            faults.Add(new Problem($"{claim.Events}", $"{last.Number("events")}, the number that the last event says", "claim.events"));
        remarks.Add(claim.State == "cancelled"
            ? "The event that ends a cancelled run does not say how many there are; none of the versions up to it is missing."
            : "The run's last event says how many there are, and all are here.");
        remarks.Add("What was said about the run afterwards, a retraction for example, is in other streams and not part of this proof.");
    }

    private static void Artifact(ArtifactClaim claim, IReadOnlyList<ToldEvent> events, List<Problem> faults)
    {
        if (events is not [var only])
        {
            faults.Add(new Problem($"{events.Count} entries", "the one that names the artifact", "entries"));
            return;
        }

        var named = ArtifactRoles.In(only.Data).Where(artifact => artifact.Digest == claim.Digest).ToList();
        if (named.Count == 0)
            faults.Add(new Problem(claim.Digest, "a digest that the entry names", "claim.digest"));
        else if (!named.Select(artifact => artifact.Role).Order(StringComparer.Ordinal).SequenceEqual(claim.Roles, StringComparer.Ordinal))
            faults.Add(new Problem(string.Join(", ", claim.Roles), $"{string.Join(", ", named.Select(artifact => artifact.Role))}, as the entry has it", "claim.roles"));
        else if (named.Exists(artifact => artifact.Bytes != claim.Bytes))
            faults.Add(new Problem($"{claim.Bytes}", $"{named[0].Bytes}, as the entry says", "claim.bytes"));
        if ((only.Position, only.Stream, only.Text("step")) != (claim.Position, $"run/{claim.Run}", claim.Step))
            faults.Add(new Problem(
                $"position {claim.Position}, run {claim.Run}, step {claim.Step ?? "none"}", $"position {only.Position}, {only.Stream}, step {only.Text("step") ?? "none"}, as the entry has it", "claim"));
    }
}
