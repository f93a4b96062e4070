using Npgsql;

namespace Ledger.Query;

/// <summary>Where a ledger is.</summary>
/// <param name="ConnectionString">Of its database.</param>
/// <param name="ArtifactFolder">Folder of its artifact store; need not exist for verbs that read no artifact.</param>
public sealed record LedgerPlace(string ConnectionString, string ArtifactFolder);

/// <summary>A ledger that can be read. Disposing it ends the connections and whatever <paramref name="release"/> stands for.</summary>
/// <param name="release">Called last; for example to let go of an embedded server.</param>
public sealed class OpenedLedger(LedgerPlace place, NpgsqlDataSource source, Func<ValueTask>? release = null) : IAsyncDisposable
{
    public LedgerPlace Place { get; } = place;

    public NpgsqlDataSource Source { get; } = source;

    /// <summary>Opens a ledger whose server is running already. Does not connect yet.</summary>
    public static OpenedLedger At(LedgerPlace place)
    {
        var builder = new NpgsqlDataSourceBuilder(place.ConnectionString);
        builder.ConnectionStringBuilder.ApplicationName ??= "ledger-query";
        // Which of a person's own objects stands in the way is in the detail.
        builder.ConnectionStringBuilder.IncludeErrorDetail = true;
        return new OpenedLedger(place, builder.Build());
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (release is not null)
            await release();
    }
}

/// <summary>How a composition root comes by the ledger: from an address, or by starting an embedded server first.</summary>
public delegate Task<OpenedLedger> OpenLedger(CancellationToken stop);
