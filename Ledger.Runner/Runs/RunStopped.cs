using Ledger.Domain;

namespace Ledger.Runner.Runs;

/// <summary>
/// The surroundings stopped a run, not one of its steps: nothing of the step is recorded as failed, and the run can be resumed. Exit code 1.
/// </summary>
/// <param name="message">What happened and what to do.</param>
public sealed class RunStopped(string code, string message) : LedgerException(code, 1, message);
