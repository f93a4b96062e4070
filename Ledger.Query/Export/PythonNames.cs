using System.Text.RegularExpressions;
using Ledger.Domain;
using Ledger.Domain.Models;

namespace Ledger.Query.Export;

/// <summary>
/// Turns node ids into Python names. An architecture may come from somebody else's ledger, and its ids end up in a file
/// that people execute: only letters, digits and underscores get through, and no name that Python or <c>nn.Module</c> has taken.
/// </summary>
internal static partial class PythonNames
{
    private static readonly HashSet<string> Keywords = Words("""
        False None True and as assert async await break class continue def del elif else except finally for from global if
        import in is lambda nonlocal not or pass raise return try while with yield
        """);

    // Attributes of nn.Module in PyTorch 2.10, which a layer of that name would hide or be hidden by.
    private static readonly HashSet<string> Taken = Words("""
        T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
        extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
        named_buffers named_children named_modules named_parameters nn parameters register_backward_hook register_buffer
        register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
        register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
        register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ self set_extra_state set_submodule
        share_memory state_dict to to_empty torch train training type x xpu zero_grad
        """);

    /// <summary>Refuses an architecture that cannot be written as Python, naming every reason.</summary>
    public static void Check(Architecture architecture)
    {
        var known = new HashSet<string>(StringComparer.Ordinal) { Architecture.Pixels };
        var faults = new List<string>();
        foreach (Node node in architecture.Nodes)
        {
            faults.AddRange(Faults(node, known));
            known.Add(node.Id);
        }

        if (architecture.Nodes.Count == 0)
            faults.Add("there are no nodes");
        if (faults.Count > 0)
            throw new Refused("unwritable-architecture", $"The architecture cannot be written as Python: {string.Join("; ", faults)}.");
    }

    /// <summary>
    /// Node id → local variable: <c>x</c> for a value that only the very next node reads, otherwise the node's own id, so
    /// that a plain chain reads as one and a shortcut keeps its name.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Variables(Architecture architecture)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int next = 0; next <= architecture.Nodes.Count; next++)
        {
            string id = next == 0 ? Architecture.Pixels : architecture.Nodes[next - 1].Id;
            bool isReadLater = architecture.Nodes.Skip(next + 1).Any(n => n.Inputs.Contains(id, StringComparer.Ordinal));
            variables[id] = (isReadLater, next) switch { (false, _) => "x", (true, 0) => "pixels", _ => id };
        }

        return variables;
    }

    private static IEnumerable<string> Faults(Node node, HashSet<string> known)
    {
        if (!Name().IsMatch(node.Id) || Keywords.Contains(node.Id) || Taken.Contains(node.Id))
            yield return $"'{node.Id}' is no name for a layer there (expected a letter, then letters, digits and _, and no word of Python or nn.Module)";
        if (known.Contains(node.Id) || node.Id == "pixels")
            yield return $"the name '{node.Id}' is taken already";
        int inputs = node is Add ? 2 : 1;
        if (node.Inputs.Count != inputs)
            yield return $"'{node.Id}' has {node.Inputs.Count} inputs, expected {inputs}";
        foreach (string input in node.Inputs.Where(i => !known.Contains(i)))
            yield return $"'{node.Id}' reads '{input}', which does not come before it";
        if (Constants(node).Any(c => !double.IsFinite(c)))
            yield return $"'{node.Id}' has a constant that is not finite";
    }

    private static IEnumerable<double> Constants(Node node) => node switch
    {
        Normalize n => n.Mean.Concat(n.Std),
        FakeQuantize q => [q.Scale],
        _ => [],
    };

    private static HashSet<string> Words(string text) =>
        new(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
