using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Marten;
using Marten.Exceptions;
using Npgsql;
using Shouldly;

namespace Ledger.Tests.Store;

/// <summary>A save whose server process ends after everything was written and before it was committed: when Marten knows the numbers it had been given.</summary>
internal sealed class DyingSave : ITransactionParticipant
{
    /// <param name="tombstones">Let Marten do what it does by itself.</param>
    public static async Task Of(NpgsqlDataSource source, int events, bool tombstones, CancellationToken stop)
    {
        var options = MartenOptions.For(source, TimeProvider.System);
        if (tombstones)
            options.Listeners.Clear();
        // Marten writes tombstones beside the save; being disposed of, it waits for that.
        await using var marten = new DocumentStore(options);
        await using var session = marten.LightweightSession();
        ((ITransactionParticipantRegistrar)session).AddTransactionParticipant(new DyingSave());
        session.Events.StartStream($"run/{Ulid.NewUlid()}", Enumerable.Range(0, events).Select(i => new Paused($"{i}")).ToArray<object>());
        await Should.ThrowAsync<MartenCommandException>(() => session.SaveChangesAsync(stop));
    }

    public async Task BeforeCommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select pg_terminate_backend(pg_backend_pid())", connection, transaction);
        await command.ExecuteNonQueryAsync(token);
    }
}
