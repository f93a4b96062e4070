using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CsCheck;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Fuzzing;

/// <summary>
/// Gives a reader cases that nobody vouches for. It may return or refuse; anything else is a fault: another exception, more than
/// <see cref="Longest"/>, more than <see cref="MostAllocated"/>. Every kind of fault is reported, with the smallest case of it in base64.
/// </summary>
internal static class Fuzz
{
    /// <summary>Cases for each reader; without it a small number, as many as take about a second.</summary>
    public const string CasesVariable = "LEDGER_FUZZ_CASES";

    private const long MostAllocated = 256 << 20;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2), Hung = TimeSpan.FromSeconds(40);

    /// <param name="few">Cases when nobody asked for another number.</param>
    /// <param name="read">What is tried.</param>
    /// <param name="refused">Whether an exception is one that the reader documents.</param>
    public static async Task Reader(Gen<byte[]> cases, int few, Action<byte[]> read, Func<Exception, bool> refused)
    {
        var faults = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        var now = new Case([], 0);
        var sampling = Task.Run(
            () => cases.Sample(
                bytes =>
                {
                    now = new Case(bytes, Stopwatch.GetTimestamp());
                    if (Fault(bytes, read, refused) is { } fault)
                        faults.AddOrUpdate(fault, bytes, (_, smallest) => bytes.Length < smallest.Length ? bytes : smallest);
                },
                iter: Cases(few), threads: 1),
            TestContext.Current.CancellationToken);
        while (await Task.WhenAny(sampling, Task.Delay(500, TestContext.Current.CancellationToken)) != sampling)
        {
            if (now is { Began: > 0 } current && Stopwatch.GetElapsedTime(current.Began) > Hung)
                Assert.Fail($"hangs on {Convert.ToBase64String(current.Bytes)}");
        }

        await sampling;
        faults.Select(fault => $"{fault.Key}\n    on {Convert.ToBase64String(fault.Value)}").ShouldBeEmpty();
    }

    /// <summary>One case that was made for a purpose.</summary>
    public static void Read(byte[] bytes, Action<byte[]> read, Func<Exception, bool> refused) => Fault(bytes, read, refused).ShouldBeNull();

    private static int Cases(int few) =>
        Environment.GetEnvironmentVariable(CasesVariable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : few;

    // What else goes on in the process counts too, so that only what is too much twice is a fault.
    private static string? Fault(byte[] bytes, Action<byte[]> read, Func<Exception, bool> refused) =>
        Once(bytes, read, refused) is { } fault && Once(bytes, read, refused) is not null ? fault : null;

    private static string? Once(byte[] bytes, Action<byte[]> read, Func<Exception, bool> refused)
    {
        long began = Stopwatch.GetTimestamp(), before = GC.GetTotalAllocatedBytes();
        var worked = Environment.CpuUsage.TotalTime;
        try
        {
            read(bytes);
        }
        catch (Exception exception) when (refused(exception))
        {
        }
        catch (Exception exception)
        {
            return $"{exception.GetType().Name} {Where(exception)}";
        }

        // On a busy machine time goes by in which nothing is done here.
        return Stopwatch.GetElapsedTime(began) > Longest && Environment.CpuUsage.TotalTime - worked > Longest ? "takes too long"
            : GC.GetTotalAllocatedBytes() - before > MostAllocated ? "allocates too much"
            : null;
    }

    /// <summary>The method that threw and the nearest of ours: one fault is one line, however many cases meet it.</summary>
    private static string Where(Exception exception)
    {
        var methods = new StackTrace(exception).GetFrames().Select(frame => frame.GetMethod()).Where(method => method?.DeclaringType is not null)
            .Select(method => $"{method!.DeclaringType!.FullName}.{method.Name}").ToList();
        return $"in {methods.FirstOrDefault()}, called by {methods.Find(method => method.StartsWith("Ledger.", StringComparison.Ordinal))}";
    }

    private sealed record Case(byte[] Bytes, long Began);
}
