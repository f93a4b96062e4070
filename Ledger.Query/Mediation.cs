using System.Reflection;
using FluentValidation;
using FluentValidation.Results;
using Ledger.Domain;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Ledger.Query;

/// <summary>
/// MediatR at the edge: a verb or an HTTP endpoint sends one request, a handler calls plain functions. Handlers and validators are
/// nested in the file of their use case and found by reflection; a handler never sends a request of its own.
/// </summary>
public static class Mediation
{
    public static IServiceCollection AddUseCases(this IServiceCollection services, params IEnumerable<Assembly> assemblies)
    {
        services.AddScoped<ServiceFactory>(provider => provider.GetRequiredService);
        services.AddScoped<IMediator, Mediator>();
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(Validation<,>));
        foreach (var type in assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type is { IsAbstract: false, IsGenericTypeDefinition: false }))
        {
            foreach (var service in type.GetInterfaces().Where(IsUseCasePart))
                services.AddScoped(service, type);
        }

        return services;
    }

    private static bool IsUseCasePart(Type type) =>
        type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(IRequestHandler<,>) || type.GetGenericTypeDefinition() == typeof(IValidator<>));
}

/// <summary>Runs every validator of a request and reports all problems at once, before its handler is called.</summary>
internal sealed class Validation<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : notnull
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var problems = new List<Problem>();
        foreach (var validator in validators)
            problems.AddRange((await validator.ValidateAsync(request, cancellationToken)).Errors.Select(Problem));
        return problems.Count == 0 ? await next() : throw new BadInput(problems);
    }

    // A rule's message is what was expected; a rule that knows more says it in its state.
    private static Problem Problem(ValidationFailure failure) =>
        failure.CustomState as Problem ?? new Problem(Quoted(failure.AttemptedValue), failure.ErrorMessage, failure.PropertyName);

    private static string Quoted(object? value) => value is null or "" ? "nothing" : $"'{value}'";
}
