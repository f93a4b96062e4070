namespace Ledger.Runner.Steps;

/// <summary>A step that cannot come to its end, with the code its <c>StepFailed</c> event will carry. Not a fault of the program.</summary>
public sealed class StepFailure(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
