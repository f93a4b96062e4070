using System.CommandLine;
using Ledger.Runner.Seals;
using MediatR;
using Spectre.Console;

namespace Ledger.Runner.Terminal;

/// <summary><c>ledger seal</c> and <c>ledger keys</c>.</summary>
internal static class SealVerbs
{
    public static IEnumerable<Command> All(Composition services) => [Seal(services), Keys(services)];

    private static Command Seal(Composition services)
    {
        var to = new Option<string[]>("--to") { Description = $"Publish it besides: {SealTarget.Expected}; can be given several times", DefaultValueFactory = _ => [] };
        var verb = new Command("seal", "Seal everything recorded so far, and print the seal: keep it, and 'ledger verify --since' proves later that nothing before it changed") { to };
        verb.SetAction((parsed, stop) => services.Send(
            new SealLedger(parsed.GetValue(to) ?? []), seal => services.Edge.Console.Profile.Out.Writer.Write(seal.Text), stop));
        return verb;
    }

    private static Command Keys(Composition services)
    {
        var verb = new Command("keys", "The Ed25519 keys that sign this ledger's seals");
        verb.Add(Verb(services, "show", "The public keys; give them to those who will check, by another way than the ledger", new ShowKeys()));
        verb.Add(Verb(services, "new", "Make a key for this machine, beside those of others", new NewKey(Rotate: false)));
        verb.Add(Verb(services, "rotate", "Make a key in the place of this machine's; old seals stay good", new NewKey(Rotate: true)));
        return verb;
    }

    private static Command Verb(Composition services, string name, string about, IRequest<KeysShown> request)
    {
        var json = new Option<bool>("--json") { Description = "As JSON on standard output" };
        var verb = new Command(name, about) { json };
        verb.SetAction((parsed, stop) => services.Send(request, keys => Show(services, keys, parsed.GetValue(json)), stop));
        return verb;
    }

    private static void Show(Composition services, KeysShown keys, bool json)
    {
        if (json)
            services.Edge.WriteJson(keys);
        else if (keys.Keys.Count == 0)
            services.Edge.Console.WriteLine("no key yet: the first seal makes one");
        foreach (var key in json ? [] : keys.Keys)
            services.Edge.Console.WriteLine($"{key.Verifier}   {(key.IsReplaced ? "replaced; what it signed stays good" : key.IsHere ? "signs on this machine" : "signs elsewhere")}");
    }
}
