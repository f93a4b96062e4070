using System.Text;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Origin;
using Ledger.Domain.Runs;

namespace Ledger.Domain.Store;

/// <summary>What an event may be before it is appended: of its stream's kind, I-JSON, and small.</summary>
internal static class Payload
{
    /// <summary>Bytes of canonical JSON. What grows with the work (series, outcomes, weights) is an artifact, cited by digest.</summary>
    public const int Limit = 8 * 1024;

    /// <summary>For events that hold a whole specification, plan, definition of a table, the figures of every layer of a network, or every part of an ensemble with what each example came to.</summary>
    public const int DocumentLimit = 1024 * 1024;

    private static readonly HashSet<Type> Documents = [typeof(Registered), typeof(Amended), typeof(Planned), typeof(ProjectionDefined), typeof(MeasurementCompleted), typeof(AttackCompleted)];

    /// <returns>Canonical bytes of each event.</returns>
    /// <exception cref="ArgumentException">Not an event, or not one of this kind of stream.</exception>
    /// <exception cref="NotCanonical">Holds what JSON or jsonb would refuse or change.</exception>
    /// <exception cref="Refused">Too large.</exception>
    public static IReadOnlyList<byte[]> Check(string stream, IReadOnlyList<object> events) =>
        [.. events.Select(e => Check(stream, e))];

    /// <summary>Canonical bytes of an event as it is stored.</summary>
    public static byte[] Canonical(object data) => CanonicalJson.Bytes(data, data.GetType());

    /// <summary>Canonical bytes of what the database gives back.</summary>
    public static byte[] FromStored(string json) => CanonicalJson.OfText(Encoding.UTF8.GetBytes(json));

    private static byte[] Check(string stream, object data)
    {
        string name = EventNames.Of(data.GetType());
        if (EventNames.KindOf(name) != EventNames.KindOf(stream))
            throw new ArgumentException($"{name} does not belong in {stream}.", nameof(data));
        byte[] bytes = Canonical(data);
        int limit = Documents.Contains(data.GetType()) ? DocumentLimit : Limit;
        return bytes.Length <= limit ? bytes : throw TooLarge(name, bytes.Length, limit);
    }

    private static Refused TooLarge(string name, int size, int limit) => new(
        "event-too-large",
        $"{name} has {size} bytes, at most {limit} fit in an event: put what grows into an artifact and cite its digest.",
        ("event", name),
        ("bytes", $"{size}"),
        ("limit", $"{limit}"));
}
