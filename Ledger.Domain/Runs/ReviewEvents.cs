namespace Ledger.Domain.Runs;

/// <summary>What others say about a run, in <c>review/&lt;run&gt;</c> (and <c>review/&lt;run&gt;@&lt;ledger&gt;</c>, of a run imported from another ledger): many writers, so appended under an exclusive lock.</summary>
public abstract record ReviewEvent;

public sealed record Annotated(string Text) : ReviewEvent;

/// <summary>The run's results should no longer be used; what was reused from it is tainted.</summary>
public sealed record Retracted(string Reason) : ReviewEvent;

public sealed record Superseded(string By, string Reason) : ReviewEvent;

/// <summary>The bytes of an artifact were freed on purpose; digest and size stay known.</summary>
public sealed record ArtifactReleased(string Digest, long Bytes, string Reason) : ReviewEvent;

public sealed record FlagRaised(string Step, string Code, double? Value, double? Threshold, string Reason) : ReviewEvent;

public sealed record CancelAsked(string Reason) : ReviewEvent;

public sealed record PauseAsked(string Reason) : ReviewEvent;
