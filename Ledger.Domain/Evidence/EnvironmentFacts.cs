namespace Ledger.Domain.Evidence;

/// <summary>Placeholder shape until the environment record lands.</summary>
public sealed record EnvironmentFacts;
