using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Ledger.Runner.Executor;
using Ledger.Runner.Postgres;
using Ledger.Runner.Steps;
using MediatR;

namespace Ledger.Runner.Machine;

/// <summary>What this machine has and lacks for the work. Looks, changes nothing.</summary>
/// <param name="Folder">The ledger's folder, whose disk is looked at.</param>
public sealed record Doctor(LedgerFolder Folder) : IRequest<IReadOnlyList<Finding>>
{
    private const long Gigabyte = 1L << 30;

    public sealed class Handler(Data.DatasetCatalog catalog) : IRequestHandler<Doctor, IReadOnlyList<Finding>>
    {
        public async Task<IReadOnlyList<Finding>> Handle(Doctor request, CancellationToken cancellationToken) =>
        [
            new("dotnet", Health.Good, Environment.Version.ToString(), null),
            await LibTorch(request.Folder, cancellationToken),
            Postgres(EmbeddedPostgres.State(request.Folder)),
            new("cores", Health.Good, $"{Environment.ProcessorCount}: that many runs side by side at one thread each", null),
            Memory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            Disk(new DriveInfo(request.Folder.Location).AvailableFreeSpace),
            await Tool("git", "records the commit a run was made with", cancellationToken),
            await Tool("docker", "only some tests use it, where it is there", cancellationToken),
            .. catalog.All().Select(DataSet),
        ];

        private static async Task<Finding> LibTorch(LedgerFolder folder, CancellationToken stop)
        {
            try
            {
                await using var executor = await ExecutorProcess.Start(new ExecutorSettings(1), Path.Combine(folder.Location, "log", "executors.log"), stop);
                var known = executor.Environment.Class;
                return new("libtorch", Health.Good, $"{known.LibTorch} ({known.LibTorchFlavour}, {known.CpuIsa}) on {known.Device}", null);
            }
            catch (StepFailure failure)
            {
                return new("libtorch", Health.Missing, failure.Message, "build the project, or name the folder of an installed PyTorch in LEDGER_LIBTORCH");
            }
        }

        private static Finding Postgres(PostgresState state) => state.Binaries.Count == 0
            ? new("postgres", Health.Missing, "no initdb and postgres found", "apt-get install postgresql, brew install postgresql, or LEDGER_POSTGRES")
            : new("postgres", Health.Good, string.Join(", ", state.Binaries.Select(binaries => binaries.Version)) + (state.RunningPid is { } pid ? $"; running as process {pid}" : "; not running"), null);

        private static Finding Memory(long bytes) => bytes < 2 * Gigabyte
            ? new("memory", Health.Optional, Gigabytes(bytes), "each run of a small network needs about 0.5 GiB")
            : new("memory", Health.Good, Gigabytes(bytes), null);

        private static Finding Disk(long bytes) => bytes < Gigabyte
            ? new("disk", Health.Optional, $"{Gigabytes(bytes)} free", "artifacts and Postgres need room: make some before a long study")
            : new("disk", Health.Good, $"{Gigabytes(bytes)} free", null);

        private static Finding DataSet(Data.DatasetFinding data) =>
            new($"data {data.Name}", data.Folder is null ? Health.Optional : Health.Good, data.Folder ?? "not here", data.Folder is null ? data.HowToGet : null);

        private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)Gigabyte:0.0} GiB");

        private static async Task<Finding> Tool(string name, string purpose, CancellationToken stop)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(name, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
                var said = await process.StandardOutput.ReadLineAsync(stop);
                await process.WaitForExitAsync(stop);
                return new(name, Health.Good, said ?? "there", null);
            }
            catch (Win32Exception)
            {
                return new(name, Health.Optional, "not here", purpose);
            }
        }
    }
}

/// <param name="Advice">What to do about it; null when nothing.</param>
public sealed record Finding(string What, Health Health, string Found, string? Advice);

public enum Health
{
    Good,

    /// <summary>Missing, and the main job works without it.</summary>
    Optional,
    Missing,
}
