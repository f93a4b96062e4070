using System.Text;
using Ledger.Runner.Executor;
using Ledger.Tests.Support;

namespace Ledger.Tests.Faults;

/// <summary>A child that is no executor: a shell script that writes given bytes to the pipe and then does something else.</summary>
internal sealed class ScriptedExecutor : IDisposable
{
    private const string ForEver = "exec sleep 3600";

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-scripted-").FullName;

    public string LogFile => Path.Combine(folder, "executor.log");

    public static Hello Hello => new(Hello.CurrentProtocol, Hello.CurrentBuild, 1, EventExamples.Environment);

    /// <param name="said">Messages, or strings that are written as they are.</param>
    public ExecutorSettings Saying(params object[] said) => Saying(ForEver, said);

    /// <param name="then">What the script does after that.</param>
    public ExecutorSettings Saying(string then, object[] said)
    {
        var bytes = Path.Combine(folder, "said");
        using (var file = File.Create(bytes))
        {
            foreach (var message in said)
            {
                if (message is string raw)
                    file.Write(Encoding.UTF8.GetBytes(raw));
                else
                    Frames.Write(file, (FromExecutor)message);
            }
        }

        // After the verb come the handles: $2 to read from, $3 to write to.
        return new ExecutorSettings(1) { Program = ["/bin/sh", "-c", $"cat \"$0\" > /proc/self/fd/$3; {then}", bytes], Silence = TimeSpan.FromSeconds(2) };
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
