namespace Ledger.Domain.Evidence.Audit;

/// <summary>What a finding means for whoever relies on the ledger.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Note,

    /// <summary>Nothing is proven wrong, but somebody should look.</summary>
    Doubt,

    /// <summary>Evidence is missing, altered, or contradicts itself.</summary>
    Broken,
}

/// <summary>One thing that verifying a ledger found, at its place.</summary>
/// <param name="Code">A stable word in kebab-case.</param>
/// <param name="Subject">What it is about: a stream, an artifact, a seal, a table's row.</param>
/// <param name="Expected">What should be there.</param>
/// <param name="Found">What is there.</param>
/// <param name="Position">Place in the log; null where it has none.</param>
/// <param name="EventId">Null where it is about no event.</param>
/// <param name="Origin">Whose log, where it is that of an imported ledger; null for the ledger's own.</param>
public sealed record Finding(
    Severity Severity, string Code, string Subject, string Expected, string Found, long? Position = null, Guid? EventId = null, string? Origin = null)
{
    public static Finding Broken(string code, string subject, string expected, string found, long? position = null, Guid? eventId = null) =>
        new(Severity.Broken, code, subject, expected, found, position, eventId);

    public static Finding Doubt(string code, string subject, string expected, string found, long? position = null, Guid? eventId = null) =>
        new(Severity.Doubt, code, subject, expected, found, position, eventId);

    public static Finding Note(string code, string subject, string expected, string found, long? position = null, Guid? eventId = null) =>
        new(Severity.Note, code, subject, expected, found, position, eventId);

    public override string ToString() =>
        $"{(Position is { } position ? $"position {position}: " : "")}{Subject}: found {Found}, expected {Expected} ({Code})";
}
