namespace Ledger.Query.Evidence;

/// <summary>Says on the way how far a verification came: what is looked at, how much of it, how fast. At most a line every two seconds.</summary>
internal sealed class VerifyProgress(Action<string> say, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Lock _one = new();
    private (string What, long Total, string Unit) _part = ("", 0, "");
    private long _done, _began, _said;

    /// <summary>Another part begins.</summary>
    /// <param name="total">How much of it there is; 0: not known.</param>
    public void Begin(string what, long total = 0, string unit = "")
    {
        lock (_one)
            (_part, _done, _began, _said) = ((what, total, unit), 0, time.GetTimestamp(), time.GetTimestamp());
    }

    /// <param name="amount">So much more was done.</param>
    public void Add(long amount)
    {
        lock (_one)
        {
            _done += amount;
            if (time.GetElapsedTime(_said) < Pause)
                return;
            _said = time.GetTimestamp();
            double rate = _done / time.GetElapsedTime(_began).TotalSeconds;
            var left = _part.Total > _done && rate > 0 ? $", {Numbers.Duration(TimeSpan.FromSeconds((_part.Total - _done) / rate))} left" : "";
            say($"{_part.What}: {Numbers.Count(_done, _part.Unit)} of {Numbers.Count(_part.Total, _part.Unit)}, {Numbers.Count((long)rate, _part.Unit)}/s{left}");
        }
    }
}
