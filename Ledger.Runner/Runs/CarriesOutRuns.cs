using FluentValidation;

namespace Ledger.Runner.Runs;

/// <summary>A command that carries out runs, several side by side.</summary>
public interface ICarriesOutRuns
{
    /// <summary>Runs side by side; null: as many as the cores allow at their thread count.</summary>
    int? Parallel { get; }

    /// <summary>Wall time after which a step counts as hung.</summary>
    TimeSpan StepLimit { get; }
}

/// <summary>What holds for all of them.</summary>
public abstract class CarriesOutRunsValidator<T> : AbstractValidator<T>
    where T : ICarriesOutRuns
{
    private const int MostSideBySide = 256;

    protected CarriesOutRunsValidator()
    {
        RuleFor(command => command.Parallel).InclusiveBetween(1, MostSideBySide).When(command => command.Parallel is not null);
        RuleFor(command => command.StepLimit).GreaterThan(TimeSpan.Zero);
    }
}
