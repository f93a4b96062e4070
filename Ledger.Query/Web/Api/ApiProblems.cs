using Ledger.Domain;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ledger.Query.Web.Api;

/// <summary>
/// What a request gets for an exception, as problem details (RFC 9457): the table of HTTP statuses beside that of exit codes. 400 bad input with
/// every problem, 404 nothing of that name, 409 refused by the ledger's history, 500 broken evidence or a fault, 503 no database, 504 too slow.
/// </summary>
internal sealed class ApiProblems(IProblemDetailsService details) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = Of(exception);
        httpContext.Response.StatusCode = problem.Status!.Value;
        return await details.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = problem, Exception = exception });
    }

    /// <summary>What has no exception has a code all the same.</summary>
    public static void Complete(ProblemDetailsContext context) => context.ProblemDetails.Extensions.TryAdd("code", context.ProblemDetails.Status switch
    {
        StatusCodes.Status404NotFound => "not-found",
        StatusCodes.Status405MethodNotAllowed => "read-only",
        _ => $"http-{context.ProblemDetails.Status}",
    });

    internal static ProblemDetails Of(Exception exception)
    {
        var (status, code, title) = exception switch
        {
            NotThere => (StatusCodes.Status404NotFound, "not-found", "There is nothing of that name"),
            BadInput => (StatusCodes.Status400BadRequest, "bad-input", "The request cannot be understood"),
            BadHttpRequestException bad => (bad.StatusCode, "bad-input", "The request cannot be understood"),
            Refused refused => (StatusCodes.Status409Conflict, refused.Code, "The ledger's history forbids it"),
            CorruptEvidence broken => (StatusCodes.Status500InternalServerError, broken.Code, "Evidence is broken"),
            PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => (StatusCodes.Status504GatewayTimeout, "too-slow", "The question took too long"),
            NpgsqlException { InnerException: TimeoutException } => (StatusCodes.Status504GatewayTimeout, "too-slow", "The question took too long"),
            PostgresException => (StatusCodes.Status500InternalServerError, "database", "Postgres refused the question"),
            NpgsqlException => (StatusCodes.Status503ServiceUnavailable, "no-database", "Postgres cannot be reached"),
            _ => (StatusCodes.Status500InternalServerError, "fault", "A fault of this program"),
        };
        var problem = new ProblemDetails { Status = status, Title = title, Detail = Problems.Of(exception).Message };
        problem.Extensions["code"] = code;
        if (exception is BadInput { Problems: var problems })
            problem.Extensions["problems"] = problems;
        if (exception is Refused { Values: { } values })
            problem.Extensions["values"] = values;
        return problem;
    }
}
