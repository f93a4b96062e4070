using System.Text;
using CsCheck;
using Ledger.Domain.Store;
using Ledger.Tests.Support;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Store;

public sealed class RoundTripTests(LedgerDatabase ledger) : IClassFixture<LedgerDatabase>
{
    public static TheoryData<string> Names => [.. EventNames.All.Values];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_was_sent_and_what_is_read_back_have_the_same_canonical_bytes(string name)
    {
        Type type = EventNames.All.Single(e => e.Value == name).Key;
        string stream = LedgerDatabase.New(EventNames.KindOf(name));
        object[] sent = Samples(AnyEvent.OfType(type), 25);
        await ledger.Append(stream, 0, "all", sent);

        var stored = await ledger.Column<string>($"select data::text from ledger.mt_events where stream_id = '{stream}' order by version");
        var read = await ledger.Store.Read(stream, stop: LedgerDatabase.Stop);

        for (int i = 0; i < sent.Length; i++)
        {
            byte[] expected = Payload.Canonical(sent[i]);
            Payload.FromStored(stored[i]).SequenceEqual(expected).ShouldBeTrue($"{name}: {Encoding.UTF8.GetString(expected)}");
            Payload.Canonical(read[i].Data).SequenceEqual(expected).ShouldBeTrue($"{name}: {Encoding.UTF8.GetString(expected)}");
            read[i].WireName.ShouldBe(name);
        }

        // An unknown commit is settled by comparing these bytes.
        (await ledger.Append(stream, 0, "all", sent)).AlreadyThere.ShouldBeTrue();
    }

    // Deterministic: the same samples every time.
    private static object[] Samples(Gen<object> any, int count)
    {
        var pcg = new PCG(1, 42);
        return [.. Enumerable.Range(0, count).Select(_ => any.Generate(pcg, null, out Size _))];
    }
}
