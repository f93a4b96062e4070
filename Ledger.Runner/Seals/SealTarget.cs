using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Ledger.Domain;
using Ledger.Domain.Evidence.Seals;
using Ledger.Domain.Store;

namespace Ledger.Runner.Seals;

/// <summary>A place outside the ledger that keeps its seals. The further from whoever owns the database, the more a seal there is worth.</summary>
public abstract record SealTarget
{
    public const string Expected = "a folder, git:<repository> (a tag there), or exec:<command> (gets the seal on its standard input)";

    /// <summary>Reads <c>git:…</c>, <c>exec:…</c>, or a folder.</summary>
    public static SealTarget Parse(string text) => text.Split(':', 2) switch
    {
        ["git", var repository] when repository.Length > 0 => new GitTag(repository),
        ["exec", var command] when !string.IsNullOrWhiteSpace(command) => new Command(command),
        [var folder] when folder.Length > 0 => new Folder(folder),
        _ => throw new BadInput(new Problem($"'{text}'", Expected, "--to")),
    };

    /// <exception cref="NotPublished">It could not be put there.</exception>
    public abstract Task Publish(Seal seal, CancellationToken stop);

    /// <summary>One file a seal.</summary>
    private sealed record Folder(string Path) : SealTarget
    {
        public override Task Publish(Seal seal, CancellationToken stop)
        {
            SealFolder.Keep(System.IO.Path.Combine(Path, FileName(seal)), seal);
            return Task.CompletedTask;
        }
    }

    /// <summary>An annotated tag whose message is the seal, on the commit the repository stands at.</summary>
    private sealed record GitTag(string Repository) : SealTarget
    {
        public override async Task Publish(Seal seal, CancellationToken stop)
        {
            string name = FileName(seal)[..^".seal".Length];
            string there = await Git(["tag", "--list", "--format=%(contents)", name], "", stop);
            if (there.Trim().Length == 0)
                await Git(["tag", "--annotate", "--cleanup=verbatim", "--file=-", name], seal.Text, stop);
            else if (there.Trim() != seal.Text.Trim())
                throw new OtherSeal($"tag {name} of {Repository}", seal.Head);
        }

        private Task<string> Git(IReadOnlyList<string> arguments, string input, CancellationToken stop) =>
            Run(["git", "-C", Repository, .. arguments], input, ToString(), stop);

        public override string ToString() => $"git:{Repository}";
    }

    private sealed record Command(string Line) : SealTarget
    {
        public override Task Publish(Seal seal, CancellationToken stop) => Run(["/bin/sh", "-c", Line], seal.Text, ToString(), stop);

        public override string ToString() => $"exec:{Line}";
    }

    private static string FileName(Seal seal) => string.Create(
        CultureInfo.InvariantCulture, $"{seal.Head.Origin.Replace('/', '-')}-{seal.Head.Size:d12}-{seal.Signatures[0].KeyId}.seal");

    /// <returns>What it wrote to its standard output.</returns>
    private static async Task<string> Run(IReadOnlyList<string> command, string input, string target, CancellationToken stop)
    {
        using var process = Start(command, target);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), stop);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A command that reads nothing may be gone already; its exit code says whether it is content.
        }

        await process.WaitForExitAsync(stop);
        return process.ExitCode == 0 ? await output : throw new NotPublished(target, $"exit code {process.ExitCode}: {(await errors + await output).Trim()}");
    }

    private static Process Start(IReadOnlyList<string> command, string target)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception missing)
        {
            throw new NotPublished(target, $"{command[0]}: {missing.Message}");
        }
    }
}

/// <summary>A seal is in the ledger and in its file, but not where it was to be published besides. Exit code 1.</summary>
public sealed class NotPublished(string target, string said) : LedgerException(
    "seal-not-published", 1, $"The seal could not be published to {target}: {said}\nIt stands in the ledger. Mend the place and give 'ledger seal --to …' again.");
