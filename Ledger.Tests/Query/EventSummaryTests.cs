using System.Text.Json;
using Ledger.Query.Runs;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Query;

public sealed class EventSummaryTests
{
    [Theory]
    [InlineData("run.epoch_completed.v1", """{"step":"base","epoch":2,"loss":0.4,"accuracy":0.8}""", "base epoch 2: loss 0.40, accuracy 80.0 %")]
    [InlineData("run.epoch_completed.v1", """{"step":"base","epoch":2,"accuracy":0.8}""", "base epoch 2: loss –, accuracy 80.0 %")]
    [InlineData("run.of_tomorrow.v9", """{"who":"ada","list":[1],"n":2}""", "who ada, n 2")]
    [InlineData("run.planned.v1", """{}""", "#–  seed –, – steps")]
    [InlineData("review.annotated.v1", """{"text":"two\nlines\u001b[31m"}""", "text two lines [31m")]
    public void Any_event_is_one_line_without_control_characters(string type, string data, string line) =>
        EventSummary.Of(type, JsonElement.Parse(data)).ShouldBe(line);

    [Fact]
    public void Long_texts_are_cut() => EventSummary.Of("review.annotated.v1", JsonElement.Parse($$"""{"text":"{{new string('x', 5000)}}"}""")).Length.ShouldBe(160);
}
