using System.Text;
using System.Text.Json;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Domain.Origin;
using Ledger.Domain.Runs;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Contracts;

/// <summary>
/// What is stored stays readable: names and payloads are pinned literally in the files beside this one. A difference is
/// never fixed by editing a file; it asks for a new wire name with an upcaster.
/// </summary>
public sealed class EventContractTests
{
    private static readonly Type[] Kinds = [typeof(ExperimentEvent), typeof(RunEvent), typeof(ReviewEvent), typeof(OriginEvent)];

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Contracts");

    public static TheoryData<string> Names => [.. EventNames.All.Values];

    [Fact]
    public void Every_event_record_has_a_name_and_nothing_else_has() =>
        EventNames.All.Keys.ShouldBe(
            Kinds[0].Assembly.GetTypes().Where(type => !type.IsAbstract && Array.Exists(Kinds, kind => kind.IsAssignableFrom(type))), ignoreOrder: true);

    [Fact]
    public void No_two_events_share_a_name() => EventNames.All.Values.ShouldBeUnique();

    [Fact]
    public void A_name_begins_with_the_kind_of_its_streams()
    {
        string[] words = ["experiment", "run", "review", "ledger"];
        foreach ((Type type, string name) in EventNames.All)
            EventNames.KindOf(name).ShouldBe(words[Array.FindIndex(Kinds, kind => kind.IsAssignableFrom(type))], name);
    }

    [Fact]
    public void The_pinned_names_are_the_names() =>
        Directory.GetFiles(Folder, "*.json").Select(Path.GetFileNameWithoutExtension).ShouldBe(EventNames.All.Values, ignoreOrder: true);

    [Fact]
    public void Every_event_has_one_example() =>
        EventExamples.All.Select(example => example.GetType()).ShouldBe(EventNames.All.Keys, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void An_event_is_stored_as_pinned(string name)
    {
        object example = EventExamples.All.Single(e => EventNames.Of(e.GetType()) == name);

        Encoding.UTF8.GetString(Payload.Canonical(example)).ShouldBe(Pinned(name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_pinned_is_read_back_whole(string name)
    {
        Type type = EventNames.All.Single(e => e.Value == name).Key;

        object read = JsonSerializer.Deserialize(Pinned(name), type, LedgerJson.Options)!;

        Encoding.UTF8.GetString(Payload.Canonical(read)).ShouldBe(Pinned(name));
    }

    private static string Pinned(string name) => File.ReadAllText(Path.Combine(Folder, $"{name}.json")).TrimEnd('\n');
}
