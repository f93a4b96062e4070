using System.Text;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Ledger.Domain.Experiments;
using Ledger.Runner.Data;
using Ledger.Runner.Models;

namespace Ledger.Runner.Experiments;

/// <summary>An experiment file on disk to planned runs. The format is described in <c>experiments/README.md</c>.</summary>
public static class ReadSpec
{
    /// <summary>Bytes; a study of a hundred steps takes about ten thousand.</summary>
    public const int Largest = 1024 * 1024;

    private static readonly Supported Supported = new(Architectures.Kinds, [.. DataSources.All.Select(source => source.Name).Order(StringComparer.Ordinal)]);

    /// <param name="file">Named in every problem as it is given here.</param>
    /// <param name="scale">A column of <c>scales</c>; null: the first.</param>
    /// <param name="extraSeeds">Added to the file's seeds; one that is there already changes nothing.</param>
    /// <exception cref="BadInput">With everything that is wrong with the file.</exception>
    public static ResolvedExperiment Read(string file, string? scale = null, IReadOnlyList<long>? extraSeeds = null) =>
        Parse(file, Text(file), scale, extraSeeds);

    /// <summary>The same for a text that is already here.</summary>
    public static ResolvedExperiment Parse(string file, string yaml, string? scale = null, IReadOnlyList<long>? extraSeeds = null)
    {
        var problems = new SpecProblems(file);
        RefuseTabs(yaml, problems);
        RefuseSecrets(yaml, problems);
        problems.ThrowIfAny();
        var root = YamlTree.Read(yaml, problems);
        if (root is null)
            problems.ThrowIfAny();
        return ReadExperiment.Of(root!, yaml, scale, extraSeeds ?? [], Supported, problems);
    }

    private static string Text(string file)
    {
        byte[] bytes;
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
            if (stream.CanSeek && stream.Length > Largest)
                throw new BadInput(new Problem($"{stream.Length} bytes", $"an experiment file of at most {Largest} bytes", File: file));
            bytes = new byte[Largest + 1];
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (read > Largest)
                throw new BadInput(new Problem("more bytes", $"an experiment file of at most {Largest} bytes", File: file));
            bytes = bytes[..read];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInput(new Problem(error.Message, "an experiment file that can be read", File: file));
        }

        return Decode(file, bytes);
    }

    private static string Decode(string file, byte[] bytes)
    {
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
            return text.Contains('\0', StringComparison.Ordinal)
                ? throw new BadInput(new Problem("a zero byte", "a text file", File: file))
                : text;
        }
        catch (DecoderFallbackException)
        {
            throw new BadInput(new Problem("bytes that are not UTF-8", "a text file in UTF-8", File: file));
        }
    }

    /// <summary>Comments too: the file goes into the ledger as written, and its digest with it.</summary>
    private static void RefuseSecrets(string yaml, SpecProblems problems)
    {
        int line = 1, lineStart = 0, looked = 0;
        foreach (var secret in Redaction.In(yaml))
        {
            var since = yaml.AsSpan(looked, secret.Index - looked);
            line += since.Count('\n');
            lineStart = since.LastIndexOf('\n') is >= 0 and var last ? looked + last + 1 : lineStart;
            looked = secret.Index;
            var place = new Place("", line, secret.Index - lineStart + 1);
            problems.Add(place, secret.Looks, "a file without secrets: it stays in the ledger as it is written", "keep it on the machine that needs it");
        }
    }

    private static void RefuseTabs(string yaml, SpecProblems problems)
    {
        string[] lines = yaml.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            int start = lines[i].Length - lines[i].TrimStart(' ', '\t').Length;
            if (lines[i].AsSpan(0, start).Contains('\t') && lines[i].Length > start && lines[i][start] is not ('#' or '\r'))
                problems.Add(new Place("", i + 1, lines[i].IndexOf('\t') + 1), "a tab in the indentation", "spaces");
        }
    }
}
