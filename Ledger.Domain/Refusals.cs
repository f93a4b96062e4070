namespace Ledger.Domain;

/// <summary>
/// Something the tool says no to, or cannot go on from, in words a person can act on. It is never a bug's exception:
/// the message stands alone, and no stack trace is shown for it.
/// </summary>
public abstract class LedgerException : Exception
{
    protected LedgerException(string code, int exitCode, string message, Exception? cause = null)
        : base(message, cause)
    {
        Code = code;
        ExitCode = exitCode;
    }

    /// <summary>A stable word for scripts and for the table of HTTP statuses, in kebab-case.</summary>
    public string Code { get; }

    /// <summary>1 a check or step failed, 2 bad input or usage, 3 refused by the ledger's history, 4 broken evidence.</summary>
    public int ExitCode { get; }
}

/// <summary>
/// One thing wrong with what a person wrote. Line and column count from 1; each is null where the input has none.
/// </summary>
public sealed record Problem(
    string Found,
    string Expected,
    string? Path = null,
    string? File = null,
    int? Line = null,
    int? Column = null,
    string? Hint = null)
{
    /// <summary>The form compilers use, so that editors make it a link: <c>file(line,column): path: found …</c>.</summary>
    public override string ToString()
    {
        string place = (File, Line, Column) switch
        {
            (null, null, _) => "",
            (null, _, null) => $"line {Line}: ",
            (null, _, _) => $"line {Line}, column {Column}: ",
            (_, null, _) => $"{File}: ",
            (_, _, null) => $"{File}({Line}): ",
            _ => $"{File}({Line},{Column}): ",
        };
        string where = Path is null ? "" : $"{Path}: ";
        string next = Hint is null ? "" : $" ({Hint})";
        return $"{place}{where}found {Found}, expected {Expected}{next}";
    }
}

/// <summary>Bad input or usage: every problem at once, in the order of the input. Exit code 2.</summary>
public class BadInput : LedgerException
{
    public BadInput(IReadOnlyList<Problem> problems)
        : base("bad-input", 2, Text(problems)) => Problems = problems;

    public BadInput(Problem problem)
        : this([problem]) { }

    public IReadOnlyList<Problem> Problems { get; }

    private static string Text(IReadOnlyList<Problem> problems) =>
        problems is [{ File: { } file }, ..] && problems.All(problem => problem.File == file && problem.Line is not null)
            ? Table(file, problems)
            : string.Join('\n', problems);

    /// <summary>Problems of one file under its name, one line each: <c>line:column  path  what</c>.</summary>
    private static string Table(string file, IReadOnlyList<Problem> problems)
    {
        var rows = problems.Select(p => (Place: $"{p.Line}:{p.Column ?? 1}", Path: p.Path ?? "", What: $"found {p.Found}, expected {p.Expected}", p.Hint)).ToList();
        int place = rows.Max(row => row.Place.Length), path = Math.Min(40, rows.Max(row => row.Path.Length));
        return string.Join('\n', rows
            .Select(row => $"  {row.Place.PadRight(place)}  {row.Path.PadRight(path)}  {row.What}{(row.Hint is null ? "" : $"   {row.Hint}")}")
            .Prepend($"{file}: {problems.Count} problem{(problems.Count == 1 ? "" : "s")}, nothing was run"));
    }
}

/// <summary>What was named is not in this ledger. Exit code 2, as of any bad input; over HTTP it is 404 and not 400.</summary>
public sealed class NotThere(Problem problem) : BadInput(problem);

/// <summary>
/// What was asked is well formed, but the ledger's history forbids it. The values that caused the refusal are carried
/// by name, for <c>--json</c> and for tests. Exit code 3.
/// </summary>
public sealed class Refused : LedgerException
{
    public Refused(string code, string message, params IEnumerable<(string Name, string Value)> values)
        : base(code, 3, message) =>
        Values = values.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Values { get; }
}

/// <summary>
/// Recorded evidence that is missing or is not what its digest says. Never retried, skipped or repaired silently.
/// Exit code 4.
/// </summary>
public abstract class CorruptEvidence : LedgerException
{
    protected CorruptEvidence(string code, string message, Exception? cause = null)
        : base(code, 4, message, cause) { }
}
