using FluentValidation;
using Ledger.Domain;
using Ledger.Domain.Evidence.Seals;
using MediatR;

namespace Ledger.Runner.Seals;

/// <summary>Seals everything recorded so far.</summary>
/// <param name="To">Where the seal goes besides its file.</param>
public sealed record SealLedger(IReadOnlyList<string> To) : IRequest<Seal>
{
    internal sealed class Validator : AbstractValidator<SealLedger>
    {
        public Validator() => RuleForEach(command => command.To).Custom((text, context) =>
        {
            try
            {
                SealTarget.Parse(text);
            }
            catch (BadInput)
            {
                context.AddFailure("--to", SealTarget.Expected);
            }
        });
    }

    internal sealed class Handler(LedgerHome home) : IRequestHandler<SealLedger, Seal>
    {
        public async Task<Seal> Handle(SealLedger command, CancellationToken cancellationToken)
        {
            await using var opened = await home.Open(cancellationToken);
            using var sealing = await Sealing.Open(home, opened.Store, [.. LedgerHome.SealTo, .. command.To.Select(SealTarget.Parse)], cancellationToken);
            return await sealing.Seal(cancellationToken);
        }
    }
}
