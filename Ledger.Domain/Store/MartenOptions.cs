using System.Text.Json;
using System.Text.Json.Serialization;
using JasperFx;
using JasperFx.Events;
using Ledger.Domain.Evidence;
using Marten;
using Npgsql;
using Weasel.Core;

namespace Ledger.Domain.Store;

/// <summary>The one place that configures Marten. Why each setting is what it is stands in DESIGN.md.</summary>
internal static class MartenOptions
{
    public const string Schema = "ledger";

    public static StoreOptions For(NpgsqlDataSource source, TimeProvider time)
    {
        var options = new StoreOptions { DatabaseSchemaName = Schema, AutoCreateSchemaObjects = AutoCreate.None };
        options.Connection(source);
        options.UseSystemTextJsonForSerialization(
            new JsonSerializerOptions(LedgerJson.Options), EnumStorage.AsString, Casing.CamelCase, WriteEnumsOurWay);
        Events(options.Events, time);
        options.Listeners.Add(new Tombstones.Prevented());
        // A ledger that skips what it cannot read is not one.
        options.Projections.Errors.SkipApplyErrors = false;
        options.Projections.Errors.SkipSerializationErrors = false;
        options.Projections.Errors.SkipUnknownEvents = false;
        return options;
    }

    // Marten puts a converter of its own in the place of ours, which would write Computed instead of computed.
    private static void WriteEnumsOurWay(JsonSerializerOptions json) =>
        json.Converters.Insert(0, LedgerJson.Options.Converters.OfType<JsonStringEnumConverter>().Single());

    private static void Events(Marten.Events.IEventStoreOptions events, TimeProvider time)
    {
        events.DatabaseSchemaName = Schema;
        events.StreamIdentity = StreamIdentity.AsString;
        events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        events.TimeProvider = time;
        events.EnableUniqueIndexOnEventId = true;
        events.MetadataConfig.HeadersEnabled = true;
        events.MetadataConfig.CausationIdEnabled = true;
        events.MetadataConfig.CorrelationIdEnabled = true;
        events.MetadataConfig.UserNameEnabled = true;
        foreach ((Type type, string name) in EventNames.All)
            events.MapEventType(type, name);
    }
}
