using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Ledger.Domain.Experiments;

/// <summary>
/// The length of one attack step: a number, or one of two named rules, <c>eps/k</c> and <c>c*eps/steps</c>. No other arithmetic.
/// Kept as written; resolved once against the threat's ε and the attack's steps.
/// </summary>
[JsonConverter(typeof(StepSizeJson))]
public readonly partial record struct StepSize
{
    private StepSize(string text) => Text = text;

    public string Text { get; }

    public static bool TryParse(string text, out StepSize size)
    {
        size = new StepSize(text);
        return Rule().IsMatch(text) || (Exact.TryParse(text, out var number) && number.Value > 0);
    }

    public static StepSize Parse(string text) =>
        TryParse(text, out var size)
            ? size
            : throw new FormatException($"'{text}' is not a step size; expected a positive number, eps/4 or 2.5*eps/steps");

    public double Resolve(Exact eps, int steps)
    {
        var match = Rule().Match(Text);
        if (!match.Success)
            return Exact.Parse(Text).Value;
        return match.Groups["k"].Success
            ? eps.Value / Number(match.Groups["k"])
            : Number(match.Groups["c"]) * eps.Value / steps;
    }

    public override string ToString() => Text;

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(eps/(?<k>[1-9][0-9]{0,5})|(?<c>[0-9]{1,6}(\.[0-9]{1,6})?)\*eps/steps)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Rule();

    private sealed class StepSizeJson : JsonConverter<StepSize>
    {
        public override StepSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TryParse(reader.GetString() ?? "", out var read) ? read : throw new JsonException($"'{reader.GetString()}' is not a step size.");

        public override void Write(Utf8JsonWriter writer, StepSize value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
    }
}
