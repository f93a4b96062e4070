using Ledger.Domain;
using Ledger.Domain.Evidence.Seals;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence.Seals;

/// <summary>What golang.org/x/mod/sumdb/note's own tests expect.</summary>
public class SignedNoteTests
{
    private static readonly VerifierKey Peter = VerifierKey.Parse(PublishedNotes.PeterKey), Enoch = VerifierKey.Parse(PublishedNotes.EnochKey);

    [Fact]
    public void The_published_note_is_written_byte_for_byte()
    {
        using var key = SigningKey.Parse(PublishedNotes.PeterSecret);
        SignedNote.Sign(PublishedNotes.Text, [key]).Text.ShouldBe($"{PublishedNotes.Text}\n{PublishedNotes.PeterLine}");
    }

    [Fact]
    public void The_published_note_is_read_and_both_signatures_verify()
    {
        SignedNote note = Read(PublishedNotes.Text + "\n" + PublishedNotes.PeterLine + PublishedNotes.EnochLine);
        note.Body.ShouldBe(PublishedNotes.Text);
        note.Signatures.Select(s => (s.Name, s.KeyId, s.Bytes.Length)).ShouldBe([("PeterNeumann", "c74f20a3", 64), ("EnochRoot", "af0cfe78", 64)]);
        note.Fault(Peter).ShouldBeNull();
        note.Fault(Enoch).ShouldBeNull();
        note.Text.ShouldBe(PublishedNotes.Text + "\n" + PublishedNotes.PeterLine + PublishedNotes.EnochLine);
    }

    [Fact]
    public void Unknown_signatures_are_ignored_and_a_repeated_one_counts_once()
    {
        SignedNote note = Read(PublishedNotes.Text + "\n" + PublishedNotes.PeterLine + PublishedNotes.PeterLine);
        note.Fault(Peter).ShouldBeNull();
        note.Fault(Enoch).ShouldBe("there is no signature by EnochRoot+af0cfe78, but by PeterNeumann+c74f20a3, PeterNeumann+c74f20a3");
    }

    [Fact]
    public void A_signature_that_does_not_verify_spoils_the_note()
    {
        string broken = PublishedNotes.PeterLine[..60] + "ABCD" + PublishedNotes.PeterLine[60..];
        foreach (string lines in new[] { broken, broken + PublishedNotes.PeterLine, PublishedNotes.PeterLine + broken })
            Read(PublishedNotes.Text + "\n" + lines).Fault(Peter).ShouldBe("the signature by PeterNeumann+c74f20a3 is not one of this text");
        Read("Other text.\n\n" + PublishedNotes.PeterLine).Fault(Peter).ShouldNotBeNull();
    }

    // "Verifiers MUST ignore signatures from unknown keys, even if they share a name or ID (but not both) with a known key."
    [Theory]
    [InlineData("PeterNeumann", "CarmenSandiego")]
    [InlineData("x08g", "xxxx")]
    public void A_signature_under_another_name_or_id_is_another_keys(string from, string to) =>
        Read(PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace(from, to, StringComparison.Ordinal))
            .Fault(Peter).ShouldNotBeNull().ShouldContain("there is no signature by PeterNeumann+c74f20a3");

    [Fact]
    public void The_last_empty_line_divides_text_and_signatures()
    {
        using var key = SigningKey.Parse(PublishedNotes.PeterSecret);
        const string Text = "\nOne\n\n— looks like-one AAAAAAAA\n\n\n";
        SignedNote note = Read(SignedNote.Sign(Text, [key]).Text);
        note.Body.ShouldBe(Text);
        note.Fault(Peter).ShouldBeNull();
    }

    [Fact]
    public void As_many_signatures_as_allowed_are_read_and_no_more()
    {
        string Note(int signatures) => PublishedNotes.Text + "\n" + string.Concat(Enumerable.Repeat(PublishedNotes.PeterLine, signatures));
        Read(Note(100)).Fault(Peter).ShouldBeNull();
        Problem(Note(101)).ShouldBe("found 101 signatures, expected at most 100");
        // Two-byte characters: fewer UTF-16 units than bytes.
        Problem(new string('é', 40_000) + "\n\n" + PublishedNotes.PeterLine).ShouldBe("found more than 65536 bytes, expected a signed note");
    }

    public static TheoryData<string, string> Malformed => new()
    {
        { "", "no signatures" },
        { "\n\n", "no signatures" },
        { PublishedNotes.Text, "no signatures" },
        { PublishedNotes.Text + "\n", "no signatures" },
        { PublishedNotes.Text + PublishedNotes.PeterLine, "no signatures" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine[..^1], "each ending in a newline" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine + "\n", "no signatures" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine + "Unexpected line.\n", "line 5: found 'Unexpected line.', expected — name base64" },
        { "\u0001" + PublishedNotes.Text + "\n" + PublishedNotes.PeterLine, "line 1: found a control character" },
        { PublishedNotes.Text.Replace("\n", "\r\n", StringComparison.Ordinal) + "\n" + PublishedNotes.PeterLine, "line 1: found a control character" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine[..^1] + "\t\n", "line 4: found a control character" },
        { PublishedNotes.Text + "\ud800\n\n" + PublishedNotes.PeterLine, "line 3: found a control character or broken Unicode" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace("PeterNeumann", "Bad Name", StringComparison.Ordinal), "line 4: found '— Bad Name" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace("PeterNeumann", "Bad+Name", StringComparison.Ordinal), "line 4" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace("PeterNeumann", "", StringComparison.Ordinal), "line 4" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace('—', '-'), "line 4" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace("— ", "—", StringComparison.Ordinal), "line 4" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace("=", "", StringComparison.Ordinal), "line 4" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace("nAM=", "nAN=", StringComparison.Ordinal), "line 4" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace("nAM=", "nAM= ", StringComparison.Ordinal), "line 4" },
        { PublishedNotes.Text + "\n" + PublishedNotes.PeterLine.Replace(" x08go", "  x08go", StringComparison.Ordinal), "line 4" },
        { PublishedNotes.Text + "\n— PeterNeumann x08gow==\n", "line 4" },
        { PublishedNotes.Text + "\n— PeterNeumann \n", "line 4" },
        { PublishedNotes.Text + "\n— PeterNeumann\n", "line 4" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_note_is_refused_with_its_line(string text, string what) => Problem(text).ShouldContain(what);

    private static SignedNote Read(string text) =>
        SignedNote.TryParse(text, out SignedNote? note, out Problem? problem) ? note : throw new BadInput(problem);

    private static string Problem(string text)
    {
        SignedNote.TryParse(text, out SignedNote? note, out Problem? problem).ShouldBeFalse();
        note.ShouldBeNull();
        return problem.ToString();
    }
}
