using System.Text;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;
using Shouldly;

namespace Ledger.Tests.Support;

/// <summary>Given what happened, when this is decided, then these events follow, or none, or it is refused.</summary>
internal sealed class DecisionSpec<TState, TEvent>(TState given)
    where TEvent : notnull
{
    private Func<TState, IReadOnlyList<TEvent>> _decide = _ => [];

    public DecisionSpec<TState, TEvent> When(Func<TState, IReadOnlyList<TEvent>> decide)
    {
        _decide = decide;
        return this;
    }

    /// <summary>Compared by canonical JSON: records that hold JSON do not compare by value.</summary>
    public void Then(params TEvent[] expected) => _decide(given).Select(Text).ShouldBe(expected.Select(e => Text(e)));

    public void ThenNothing() => _decide(given).ShouldBeEmpty();

    public Refused ThenRefused(string code)
    {
        var refused = Should.Throw<Refused>(() => _decide(given));
        refused.Code.ShouldBe(code);
        return refused;
    }

    private static string Text(TEvent e) => $"{e.GetType().Name} {Encoding.UTF8.GetString(CanonicalJson.Bytes(e, e.GetType()))}";
}

internal static class Given
{
    public static DecisionSpec<RunState, RunEvent> Run(params RunEvent[] events) => new(RunState.Fold("R", events));

    public static DecisionSpec<ExperimentState?, ExperimentEvent> Experiment(params ExperimentEvent[] events) =>
        new(events.Length == 0 ? null : ExperimentState.Fold("E", events));

    public static DecisionSpec<ReviewState, ReviewEvent> Review(params ReviewEvent[] events) => new(ReviewState.Fold("R", events));
}
