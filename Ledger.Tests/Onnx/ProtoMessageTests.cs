using Ledger.Domain.Onnx;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Onnx;

/// <summary>The examples of the encoding's own page, protobuf.dev/programming-guides/encoding.</summary>
public class ProtoMessageTests
{
    [Fact]
    public void An_integer_of_150_is_two_groups_of_seven_bits() => new ProtoMessage().Integer(1, 150).ToArray().ShouldBe([0x08, 0x96, 0x01]);

    [Fact]
    public void Text_has_its_length_before_it() => new ProtoMessage().Text(2, "testing").ToArray().ShouldBe([0x12, 0x07, .. "testing"u8]);

    [Fact]
    public void A_message_within_is_bytes() => new ProtoMessage().Message(3, new ProtoMessage().Integer(1, 150)).ToArray().ShouldBe([0x1A, 0x03, 0x08, 0x96, 0x01]);

    [Fact]
    public void Negative_integers_take_ten_bytes() => new ProtoMessage().Integer(1, -2).ToArray().ShouldBe([0x08, 0xFE, .. Enumerable.Repeat((byte)0xFF, 8), 0x01]);

    [Fact]
    public void A_float_is_its_four_bytes() => new ProtoMessage().Float(1, 1).ToArray().ShouldBe([0x0D, 0, 0, 0x80, 0x3F]);

    [Fact]
    public void High_field_numbers_take_two_bytes() => new ProtoMessage().Integer(20, 7).ToArray().ShouldBe([0xA0, 0x01, 0x07]);
}
