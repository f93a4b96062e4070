using System.Reflection.Emit;

namespace Ledger.Domain.Evidence.Code;

/// <summary>One IL instruction: its opcode, and either a token or the operand's bytes.</summary>
internal readonly record struct Instruction(OpCode OpCode, int? Token, byte[] Operand);

/// <summary>Cuts IL (ECMA-335, partition III) into instructions.</summary>
internal static class Instructions
{
    private static readonly Dictionary<short, OpCode> OpCodeOf = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null)).OfType<OpCode>().ToDictionary(code => code.Value);

    public static IEnumerable<Instruction> Read(byte[] il)
    {
        int at = 0;
        while (at < il.Length)
        {
            short value = il[at++];
            if (value == 0xFE)
                value = unchecked((short)(0xFE00 | il[at++]));
            OpCode code = OpCodeOf[value];
            bool token = IsToken(code.OperandType);
            int size = code.OperandType == OperandType.InlineSwitch ? 4 + (4 * BitConverter.ToInt32(il, at)) : Size(code.OperandType);
            byte[] operand = il[at..(at + size)];
            at += size;
            yield return new Instruction(code, token ? BitConverter.ToInt32(operand) : null, operand);
        }
    }

    private static bool IsToken(OperandType type) => type is OperandType.InlineMethod or OperandType.InlineField
        or OperandType.InlineType or OperandType.InlineTok or OperandType.InlineSig or OperandType.InlineString;

    private static int Size(OperandType type) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
